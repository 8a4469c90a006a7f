import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StatusNode } from '../../src/start-spec/types.ts'
import { runDaemon, type DaemonEnd } from '../../src/start/daemon.ts'
import { eventually } from '../support/eventually.ts'
import { createMemoryLab, type MemoryContainer, type MemoryLab } from '../support/memory-container.ts'
import { daemonSpec } from '../support/start-specs.ts'

const folder = mkdtempSync(join(tmpdir(), 'kmesos-daemon-'))
test.after(() => rmSync(folder, { recursive: true }))
const at = (name: string): string => join(folder, name)

/** Dies with a word until `vault` is there; is ready when `ready` is there. */
const fussy = daemonSpec('api', {
  daemon: {
    command: ['sh', '-c', `[ -e ${at('vault')} ] || { echo 'no vault' >&2; exit 3; }; exec sleep 1000`],
    ready: { kind: 'exec', command: ['test', '-e', at('ready')] },
  },
})

function run({ container }: MemoryContainer): Promise<DaemonEnd> {
  const config = container.source.current
  if (!config) throw new Error('no configuration')
  return runDaemon(container, config)
}

function statusOf({ deployment }: MemoryLab): Promise<StatusNode | undefined> {
  return deployment.status({ host: 'h1' }, 'api', 'daemon')
}

test('what a daemon died of is told on while it is tried again, until it is ready', async () => {
  const lab = await createMemoryLab()
  await lab.deployment.deploy(fussy)
  assert.equal(await run(await lab.container('api', 'a')), { exitCode: 3 })
  const died = await statusOf(lab)
  assert.equal([died?.state, died?.attempt, died?.log], ['error', 1, ['no vault']])

  writeFileSync(at('vault'), '')
  const second = await lab.container('api', 'b')
  const ending = run(second)
  await eventually(async () => (await statusOf(lab))?.state === 'starting')
  const trying = await statusOf(lab)
  assert.equal([trying?.attempt, trying?.error, trying?.log], [2, died?.error, ['no vault']])

  writeFileSync(at('ready'), '')
  await eventually(async () => (await statusOf(lab))?.state === 'ready')
  const ready = await statusOf(lab)
  assert.equal([ready?.attempt, ready?.error, ready?.log], [2, undefined, undefined])
  second.stop.abort()
  await ending
  assert.is((await statusOf(lab))?.state, 'stopped')
})

test.run()
