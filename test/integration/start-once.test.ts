import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { digestOf } from '../../src/kernel/digest.ts'
import type { Requirement } from '../../src/start-spec/types.ts'
import { eventually } from '../support/eventually.ts'
import { createWholeLab } from '../support/start-lab.ts'
import { commandOf, daemonSpec, jobSpec } from '../support/start-specs.ts'

const whole = await createWholeLab('once')
const { deployment, lab, at, textOf, registered, waiting } = whole
const sh = (script: string): readonly string[] => ['sh', '-c', script]
const linesOf = (name: string): readonly string[] =>
  textOf(name)
    .split('\n')
    .filter((line) => line !== '')

test.after.each(() => lab.stopAll())
test.after(() => whole.close())

test('of five competitors one runs the command; when it is killed in the middle exactly one other finishes it', async () => {
  const script = `echo begin >> ${at('m')}; i=0; while [ ! -e ${at('go')} ]; do sleep 0.02; done; echo end >> ${at('m')}`
  const command = commandOf('migrate', { command: sh(script), timeoutSeconds: 60 })
  await deployment.deploy(daemonSpec('api', { commands: [command] }))
  const five = await Promise.all(
    ['a', 'b', 'c', 'd', 'e'].map((name) => lab.start('api', { instance: name, sessionSeconds: 1 })),
  )
  await eventually(() => linesOf('m').length === 1)
  const holder = (await deployment.status('global', 'api', 'migrate'))?.instance ?? ''
  await eventually(
    async () => ((await deployment.store.children(deployment.layout.waitingOf('api'))) ?? []).length === 4,
  )
  assert.match((await waiting('api'))?.requires[0]?.why ?? '', 'running on h1 since')
  const victim = five[['a', 'b', 'c', 'd', 'e'].indexOf(holder)]
  victim?.process.kill('SIGKILL')
  // Its command lives on, as it would not in a container; the second run must come from another holder.
  await eventually(() => linesOf('m').length === 2, 8_000)
  const second = await deployment.status('global', 'api', 'migrate')
  assert.is.not(second?.instance, holder)
  assert.is(second?.attempt, 2)
  await import('node:fs/promises').then(({ writeFile }) => writeFile(at('go'), ''))
  await eventually(async () => (await registered('api')).length === 4)
  const done = await deployment.status('global', 'api', 'migrate')
  assert.is(done?.state, 'done')
  assert.is(done?.instance, second?.instance)
  assert.is(linesOf('m').filter((line) => line === 'begin').length, 2)
  const logged = five.filter((process) => /api\/migrate: done$/m.test(process.output()))
  assert.is(logged.length, 1)
})

test('a restart does not run it again, a new digest does', async () => {
  const command = commandOf('sync', { command: sh(`echo ran >> ${at('sync')}`) })
  const spec = daemonSpec('svc', { commands: [command] })
  await deployment.deploy(spec)
  const first = await lab.start('svc')
  await eventually(async () => (await registered('svc')).length === 1)
  first.process.kill('SIGTERM')
  await first.exited
  await lab.start('svc')
  await eventually(async () => (await registered('svc')).length === 1)
  assert.is(linesOf('sync').length, 1)
  // The running container takes up the new spec by itself.
  await deployment.deploy({ ...spec, commands: [{ ...command, digest: digestOf('new') }] })
  await eventually(() => linesOf('sync').length === 2)
  await eventually(async () => (await deployment.status('global', 'svc', 'sync'))?.digest === digestOf('new'))
  await eventually(async () => (await registered('svc')).length === 1)
})

test('tries again after its delay and records each attempt', async () => {
  const script = `echo try >> ${at('tries')}; echo "no luck" >&2; [ $(wc -l < ${at('tries')}) -ge 3 ]`
  const command = commandOf('create', { command: sh(script), retries: 5, delaySeconds: 0.2 })
  await deployment.deploy(jobSpec('flaky', [command]))
  const flaky = await lab.start('flaky')
  await eventually(async () => (await deployment.status('global', 'flaky', 'create'))?.state === 'retry')
  const status = await deployment.status('global', 'flaky', 'create')
  assert.is(status?.error, 'exit code 1')
  assert.equal(status?.log, ['no luck'])
  await eventually(async () => (await deployment.status('global', 'flaky', 'create'))?.state === 'done')
  assert.is((await deployment.status('global', 'flaky', 'create'))?.attempt, 3)
  await eventually(() => flaky.output().includes('idles until it is removed'))
  flaky.process.kill('SIGTERM')
  assert.equal(await flaky.exited, { code: 0, signal: null })
})

test('a command that takes too long is killed with its whole process group', async () => {
  const script = `sleep 1000 & echo $! > ${at('child')}; wait`
  await deployment.deploy(
    jobSpec('endless', [commandOf('wait', { command: sh(script), timeoutSeconds: 0.4 })]),
  )
  const endless = await lab.start('endless')
  assert.is((await endless.exited).code, 1)
  assert.is((await deployment.status('global', 'endless', 'wait'))?.error, 'took longer than 0.4 s')
  const pid = Number(textOf('child'))
  await eventually(() => {
    try {
      return process.kill(pid, 0) && false
    } catch {
      return true
    }
  })
})

test('a command that the image does not have is an error of the command', async () => {
  await deployment.deploy(jobSpec('lacks', [commandOf('x', { command: ['no-such-program'] })]))
  const lacks = await lab.start('lacks')
  assert.is((await lacks.exited).code, 1)
  const status = await deployment.status('global', 'lacks', 'x')
  assert.is(status?.error, 'cannot start no-such-program: not found in this image')
})

test('stopping a container in the middle of a command kills the command and frees the lock', async () => {
  const command = commandOf('long', { command: sh(`echo $$ > ${at('long')}; exec sleep 1000`) })
  await deployment.deploy(jobSpec('stopped', [command]))
  const stopped = await lab.start('stopped')
  await eventually(() => textOf('long') !== '')
  stopped.process.kill('SIGTERM')
  assert.equal(await stopped.exited, { code: 143, signal: null })
  assert.is(await deployment.store.read(deployment.layout.lockOf('stopped', 'long')), undefined)
})

test('a chain of gates runs in its order though all start at once', async () => {
  const names = ['c0', 'c1', 'c2', 'c3', 'c4']
  for (const [index, name] of names.entries()) {
    const requires: Requirement[] =
      index === 0 ? [] : [{ service: `c${index - 1}`, command: 'daemon', scope: 'global' }]
    await deployment.deploy(
      daemonSpec(name, {
        daemon: { requires, command: sh(`echo ${name} >> ${at('chain')}; exec sleep 1000`) },
      }),
    )
  }
  await Promise.all([...names].reverse().map((name) => lab.start(name)))
  await eventually(async () => (await registered('c4')).length === 1, 10_000)
  assert.equal(linesOf('chain'), names)
})

test.run()
