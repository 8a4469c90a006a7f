import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { redactor } from '../../src/kernel/secret.ts'
import { allSecrets } from '../../src/secrets/passwords.ts'
import { unseal } from '../../src/zookeeper/identity.ts'
import type { ConfigStore } from '../../src/zookeeper/types.ts'
import { newRig } from './deploy-rig.ts'

/** Every node below a path with its data. */
async function treeOf(path: string, store: ConfigStore): Promise<ReadonlyMap<string, string>> {
  const nodes = new Map<string, string>()
  const walk = async (at: string): Promise<void> => {
    nodes.set(at, (await store.read(at))?.data ?? '')
    for (const name of (await store.children(at)) ?? []) await walk(`${at}/${name}`)
  }
  await walk(path)
  return nodes
}

test('no secret stands in apps, znodes, diffs, events or command lines; each service can read its own alone', async () => {
  const rig = await newRig()
  await rig.deploy({ diff: true })
  const masks = redactor(allSecrets(rig.loaded.credentials))
  const nodes = await treeOf('/kmesos', rig.clients.store)
  const apps = rig.marathon.ids.map((id) => rig.marathon.app(id))
  const commandLines = rig.host.calls.map((call) => call.argv)
  for (const [what, value] of Object.entries({ nodes: [...nodes], apps, events: rig.events, commandLines })) {
    const text = JSON.stringify(value)
    assert.is(masks(text), text, `a secret stands in ${what}`)
  }
  // The test would see one: the sealed text opens with the service's key, and holds its own passwords only.
  const key = rig.loaded.credentials.keys.services.get('keystone-api')?.reveal() ?? ''
  const opened = unseal(nodes.get('/kmesos/test/secrets/keystone-api') ?? '', key, 'test/keystone-api')
  assert.is.not(masks(opened), opened)
  assert.equal(Object.keys(JSON.parse(opened) as object), [
    'keystone_admin_password',
    'keystone_database_password',
  ])
  rig.close()
})

test('no node is open to everybody, and secrets only to operator and service', async () => {
  const rig = await newRig()
  await rig.deploy()
  for (const path of (await treeOf('/kmesos', rig.clients.store)).keys()) {
    const acl = (await rig.clients.store.getAcl(path)) ?? []
    assert.ok(acl.length > 0 && acl.every((entry) => entry.digestId.startsWith('test.')), path)
    if (!/\/secrets\/./.test(path)) continue
    const users = acl.map((entry) => entry.digestId.split(':')[0])
    assert.equal(users, ['test.operator', `test.service-${path.split('/').at(-1)}`])
  }
  rig.close()
})

test('a new service key is put on the host, opens the secrets, and is taken up by the ACLs', async () => {
  const rig = await newRig()
  await rig.deploy()
  const { readFileSync } = await import('node:fs')
  const { join } = await import('node:path')
  const { writePrivateFile } = await import('../../src/secrets/password-store.ts')
  const { newKey } = await import('../../src/zookeeper/identity.ts')
  const file = join(rig.folder, 'passwords.yml')
  const old = rig.loaded.credentials.keys.services.get('memcached')?.reveal() ?? '?'
  await writePrivateFile(file, readFileSync(file, 'utf8').replace(old, newKey()))
  const again = await rig.reload()
  const before = await rig.clients.store.getAcl('/kmesos/test/registry/memcached')
  const result = await rig.deploy({}, again)
  assert.equal(
    result.changes.map((change) => change.subject),
    ['keys on h1', 'configuration of memcached'],
  )
  assert.not.equal(await rig.clients.store.getAcl('/kmesos/test/registry/memcached'), before)
  assert.equal((await rig.deploy({}, again)).changes, [])
  rig.close()
})

test.run()
