import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { destroy, destroyPhases, type DestroyRequest } from '../../src/workflows/destroy.ts'
import { newRig, type Rig } from './deploy-rig.ts'

const request: DestroyRequest = {
  ...{ check: false, diff: false, volumes: false, forks: 5 },
  operator: { who: 'ada', host: 'desk', pid: 7, command: 'kmesos destroy' },
}

async function deployedRig(): Promise<Rig> {
  const rig = await newRig()
  await rig.deploy()
  mkdirSync(join(rig.folder, 'h1/lib/test/volumes/mariadb'), { recursive: true })
  return rig
}

test('its phases are the list that docs and --check show', async () => {
  const rig = await newRig()
  assert.equal(
    destroyPhases({ ...request, volumes: true }, rig.loaded, rig.clients).map((phase) => phase.title),
    [
      'Check that Marathon and ZooKeeper answer',
      'Stop all services',
      'Remove the configuration from ZooKeeper',
      'Remove the keys from the hosts',
      'Remove the data volumes',
    ],
  )
  rig.close()
})

test('removes apps, nodes and keys, keeps data, and does nothing the second time', async () => {
  const rig = await deployedRig()
  await destroy(request, rig.loaded, rig.clients)
  assert.equal(rig.marathon.ids, [])
  assert.equal(await rig.clients.store.children('/kmesos/test'), [])
  assert.equal(readdirSync(join(rig.folder, 'h1/etc/test/keys')), [])
  assert.ok(existsSync(join(rig.folder, 'h1/lib/test/volumes/mariadb')))
  assert.equal((await destroy(request, rig.loaded, rig.clients)).changes, [])
  rig.close()
})

test('removes data when it is told to', async () => {
  const rig = await deployedRig()
  const { changes } = await destroy({ ...request, volumes: true }, rig.loaded, rig.clients)
  assert.is(changes.at(-1)?.subject, 'volumes on h1')
  assert.not.ok(existsSync(join(rig.folder, 'h1/lib/test/volumes')))
  rig.close()
})

test('check shows the same and removes nothing', async () => {
  const rig = await deployedRig()
  const planned = await destroy({ ...request, check: true, volumes: true }, rig.loaded, rig.clients)
  assert.is(rig.marathon.ids.length, 3)
  const done = await destroy({ ...request, volumes: true }, rig.loaded, rig.clients)
  assert.equal(
    planned.changes.map((change) => `${change.action} ${change.subject}`),
    done.changes.map((change) => `${change.action} ${change.subject}`),
  )
  rig.close()
})

test('what was destroyed can be deployed again: keys of tokens and passwords are the same', async () => {
  const rig = await deployedRig()
  await destroy(request, rig.loaded, rig.clients)
  const result = await rig.deploy()
  assert.ok(result.changes.length > 0)
  assert.equal((await rig.deploy()).changes, [])
  rig.close()
})

test.run()
