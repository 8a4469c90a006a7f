import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CommandError } from '../../src/kernel/errors.ts'
import { runOnce } from '../../src/start/run-once.ts'
import type { CommandSpec } from '../../src/start-spec/types.ts'
import { eventually } from '../support/eventually.ts'
import { failsWith } from '../support/fails-with.ts'
import { createMemoryLab, type MemoryContainer } from '../support/memory-container.ts'
import { commandOf, daemonSpec } from '../support/start-specs.ts'

const folder = mkdtempSync(join(tmpdir(), 'kmesos-run-once-'))
test.after(() => rmSync(folder, { recursive: true }))
const at = (name: string): string => join(folder, name)
const linesOf = (name: string): number =>
  existsSync(at(name)) ? readFileSync(at(name), 'utf8').split('\n').length - 1 : 0
const sh = (script: string): readonly string[] => ['sh', '-c', script]

function run({ container }: MemoryContainer, command: CommandSpec): Promise<void> {
  const config = container.source.current
  if (!config) throw new Error('no configuration')
  return runOnce(container, { command, config }, () => Promise.resolve())
}

test('of many at the same time one runs it, and all go on', async () => {
  const lab = await createMemoryLab()
  const command = commandOf('sync', { command: sh(`echo x >> ${at('one')}; sleep 0.05`) })
  await lab.deployment.deploy(daemonSpec('api', { commands: [command] }))
  const six = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => lab.container('api', name)))
  await Promise.all(six.map((member) => run(member, command)))
  assert.is(linesOf('one'), 1)
  const status = await lab.deployment.status('global', 'api', 'sync')
  assert.is(status?.state, 'done')
  assert.is(status?.attempt, 1)
  assert.is(await lab.deployment.store.read(lab.deployment.layout.lockOf('api', 'sync')), undefined)
})

test('a holder whose session expired while another took the lock records nothing over it', async () => {
  const lab = await createMemoryLab()
  const script = `echo x >> ${at('two')}; while [ ! -e ${at('two.go')} ]; do sleep 0.01; done`
  const command = commandOf('sync', { command: sh(script) })
  await lab.deployment.deploy(daemonSpec('api', { commands: [command] }))
  const [a, b] = [await lab.container('api', 'a'), await lab.container('api', 'b')]
  const first = run(a, command)
  await eventually(() => linesOf('two') === 1)
  const second = run(b, command)
  // Cut off and expired on the server, but a does not know yet.
  const old = a.store.sessionId
  lab.zookeeper.disconnect(a.store)
  lab.zookeeper.endSession(old)
  await eventually(() => linesOf('two') === 2)
  writeFileSync(at('two.go'), '')
  await second
  const done = await lab.deployment.status('global', 'api', 'sync')
  assert.is(done?.instance, 'b')
  a.store.renew()
  await first
  assert.equal(await lab.deployment.status('global', 'api', 'sync'), done)
  assert.is(linesOf('two'), 2)
  assert.ok(a.lines.some((line) => line.includes('lost the lock')))
})

test('an older digest is run again, and its attempts begin anew', async () => {
  const lab = await createMemoryLab()
  const command = commandOf('sync', { command: sh('exit 4') })
  await lab.deployment.deploy(daemonSpec('api', { commands: [command] }))
  const a = await lab.container('api', 'a')
  const error = await failsWith(() => run(a, command), CommandError)
  assert.is(error.message, 'sync failed at attempt 1: exit code 4')
  await failsWith(() => run(a, command), CommandError)
  assert.is((await lab.deployment.status('global', 'api', 'sync'))?.attempt, 2)
  const next = commandOf('sync', { command: ['true'], digest: 'e'.repeat(64) })
  await run(a, next)
  const status = await lab.deployment.status('global', 'api', 'sync')
  assert.equal([status?.state, status?.attempt, status?.digest], ['done', 1, next.digest])
})

test.run()
