import { readFile, stat } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { RegistryNode, Requirement, StartSpec } from '../../src/start-spec/types.ts'
import { eventually } from '../support/eventually.ts'
import { createWholeLab } from '../support/start-lab.ts'
import { commandOf, daemonSpec, jobSpec } from '../support/start-specs.ts'

const whole = await createWholeLab('lifecycle')
const { deployment, lab, at, textOf, registered, waiting } = whole
const needs = (service: string, command: string): Requirement => ({ service, command, scope: 'global' })
const sh = (script: string): readonly string[] => ['sh', '-c', script]

test.after.each(() => lab.stopAll())
test.after(() => whole.close())

test('a daemon waits for its requirements by watches, says what it waits for, and registers when it is ready', async () => {
  const job = jobSpec('db', [commandOf('create', { command: sh(`echo created >> ${at('db')}`) })])
  await deployment.deploy(job)
  const conf = { name: 'app.conf', dest: at('etc/app.conf'), mode: '0640', owner: 'nobody', digest: '' }
  const spec = daemonSpec('app', {
    files: [conf],
    commands: [
      commandOf('prepare', { runOnce: false, command: sh(`cat ${at('etc/app.conf')} > ${at('seen')}`) }),
    ],
    daemon: {
      command: sh(`echo $$ > ${at('app.pid')}; exec sleep 1000`),
      requires: [needs('db', 'create')],
      ready: { kind: 'exec', command: sh(`test -s ${at('app.pid')}`) },
      ports: { public: 5000 },
    },
  })
  const text = '<%= greeting %> from <%= self.host %> <%= self.address %> <%= secrets.password %>\n'
  await deployment.deploy(spec, { files: { 'app.conf': text }, secrets: { password: 'hunter2-hunter2' } })

  const app = await lab.start('app')
  await eventually(async () => (await waiting('app')) !== undefined)
  const told = await waiting('app')
  assert.is(told?.step, 'daemon')
  assert.is(told?.host, 'h1')
  assert.equal(told?.requires, [{ requirement: 'db/create', met: false, why: 'has not been started' }])
  assert.is((await deployment.status({ host: 'h1' }, 'app', 'prepare'))?.state, 'done')
  assert.is((await deployment.status({ host: 'h1' }, 'app', 'daemon'))?.state, 'waiting')
  assert.equal(await registered('app'), [])

  const db = await lab.start('db', { host: '10.9.0.2' })
  await eventually(async () => (await registered('app')).length === 1)
  const [node] = await registered('app')
  assert.is(node?.host, 'h1')
  assert.is(node?.address, '10.9.0.1')
  assert.equal(node?.ports, { public: 5000 })
  await eventually(async () => (await waiting('app')) === undefined)
  await eventually(async () => (await deployment.status({ host: 'h1' }, 'app', 'daemon'))?.state === 'ready')
  assert.is((await deployment.status('global', 'db', 'create'))?.host, 'h2')
  assert.is(textOf('seen'), 'hello from h1 10.9.0.1 hunter2-hunter2\n')
  const file = await stat(at('etc/app.conf'))
  assert.is(file.mode & 0o777, 0o640)
  assert.is(file.uid, 65534)

  db.process.kill('SIGTERM')
  assert.equal(await db.exited, { code: 0, signal: null })
  app.process.kill('SIGTERM')
  assert.equal(await app.exited, { code: 143, signal: null })
  assert.equal(await registered('app'), [])
  assert.is((await deployment.status({ host: 'h1' }, 'app', 'daemon'))?.state, 'stopped')
})

test('secrets stand in no argument, environment, status or log line, and no key reaches the daemon', async () => {
  const secret = 'correct-horse-battery'
  const spec = daemonSpec('vault', {
    files: [{ name: 'f', dest: at('vault.conf'), mode: '0600', digest: '' }],
    commands: [
      commandOf('leak', {
        command: sh(`cat; cat ${at('vault.conf')} >&2; exit 3`),
        stdin: 'password=<%= secrets.password %>',
        retries: 1,
      }),
    ],
    daemon: { command: sh(`env > ${at('vault.env')}; exec sleep 1000`) },
  })
  await deployment.deploy(spec, { files: { f: '<%= secrets.password %>' }, secrets: { password: secret } })
  const failing = await lab.start('vault')
  assert.is((await failing.exited).code, 1)
  const status = await deployment.status('global', 'vault', 'leak')
  assert.is(status?.state, 'error')
  assert.is(status?.error, 'exit code 3')
  assert.is(status?.attempt, 2)
  assert.equal(status?.log, ['***'])
  assert.match(failing.output(), 'password=***')
  assert.not.match(failing.output(), secret)

  await deployment.deploy({ ...spec, commands: [] }, { files: { f: '<%= secrets.password %>' } })
  const vault = await lab.start('vault')
  await eventually(() => textOf('vault.env').includes('HOST='))
  assert.not.match(textOf('vault.env'), /KMESOS/)
  const pid = vault.process.pid ?? 0
  const seen = [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`]
    .map((file) => readFileSync(file, 'utf8'))
    .join('')
  const { key, reader } = deployment.keyOf('vault')
  for (const word of [secret, key, reader])
    assert.not.ok(`${seen}${textOf('vault.env')}${vault.output()}`.includes(word))
})

test('a secret in an argument is refused with an error that says why', async () => {
  const spec = daemonSpec('bad', { daemon: { command: ['echo', '<%= secrets.password %>'] } })
  await deployment.deploy(spec, { secrets: { password: 'swordfish-123' } })
  const bad = await lab.start('bad')
  assert.is((await bad.exited).code, 3)
  assert.match(bad.output(), 'secret "password" may be used in files and stdin only')
  const status = await deployment.status({ host: 'h1' }, 'bad', 'daemon')
  assert.match(status?.error ?? '', 'secret "password" may be used in files and stdin only')
})

test('the daemon’s exit code is ours, with its last lines in the status and without a registration', async () => {
  await deployment.deploy(
    daemonSpec('dies', { daemon: { command: sh('echo one >&2; echo two >&2; exit 7') } }),
  )
  const dies = await lab.start('dies')
  assert.equal(await dies.exited, { code: 7, signal: null })
  const status = await deployment.status({ host: 'h1' }, 'dies', 'daemon')
  assert.is(status?.state, 'error')
  assert.is(status?.error, 'exit code 7')
  assert.equal(status?.log, ['one', 'two'])
  assert.equal(await registered('dies'), [])

  await deployment.deploy(daemonSpec('killed', { daemon: { command: sh('kill -KILL $$') } }))
  const killed = await lab.start('killed')
  assert.equal(await killed.exited, { code: 137, signal: null })
})

test('a daemon that is not ready in time is killed, and its status says why', async () => {
  const daemon = {
    command: sh('echo stuck >&2; exec sleep 1000'),
    ready: { kind: 'tcp', host: '127.0.0.1', port: '1' } as const,
    readyWithinSeconds: 0.6,
  }
  await deployment.deploy(daemonSpec('late', { daemon }))
  const late = await lab.start('late')
  assert.equal(await late.exited, { code: 1, signal: null })
  const status = await deployment.status({ host: 'h1' }, 'late', 'daemon')
  assert.match(status?.error ?? '', /^not ready within 0.6 s: .*ECONNREFUSED/)
  assert.equal(status?.log, ['stuck'])
})

test('SIGTERM deregisters first, sends the stop signal and waits for the daemon', async () => {
  const script = `trap 'sleep 0.5; echo bye > ${at('bye')}; exit 5' QUIT; echo up > ${at('up')}; while :; do sleep 0.02; done`
  const daemon = {
    command: sh(script),
    stopSignal: 'SIGQUIT',
    ready: { kind: 'exec', command: sh(`test -s ${at('up')}`) } as const,
  }
  await deployment.deploy(daemonSpec('slow', { daemon }))
  const slow = await lab.start('slow')
  await eventually(async () => (await registered('slow')).length === 1)
  slow.process.kill('SIGTERM')
  await eventually(async () => (await registered('slow')).length === 0)
  assert.is(textOf('bye'), '')
  assert.equal(await slow.exited, { code: 5, signal: null })
  assert.is(textOf('bye'), 'bye\n')
})

test('a changed configuration restarts, reloads or is ignored as the service says', async () => {
  const file = { name: 'f', dest: '', mode: '0644', digest: '' }
  const daemonOf = (name: string): readonly string[] =>
    sh(
      `echo start >> ${at(`${name}.log`)}; trap 'echo reload >> ${at(`${name}.log`)}' HUP; trap 'exit 0' TERM; while :; do sleep 0.02; done`,
    )
  const kinds = { r: 'restart', l: { reload: 'SIGHUP' }, i: 'ignore' } as const
  const specs = Object.entries(kinds).map(([name, onConfigChange]) =>
    daemonSpec(name, {
      files: [{ ...file, dest: at(`${name}.conf`) }],
      daemon: {
        command: daemonOf(name),
        onConfigChange,
        ready: { kind: 'exec', command: sh(`test -s ${at(`${name}.log`)}`) },
      },
    }),
  )
  for (const spec of specs) await deployment.deploy(spec, { files: { f: 'one <%= greeting %>' } })
  await Promise.all(specs.map((spec) => lab.start(spec.service)))
  for (const spec of specs) await eventually(async () => (await registered(spec.service)).length === 1)
  const before = (await registered('r'))[0]?.incarnation

  // A new text that renders to the same content is no change.
  for (const spec of specs) await deployment.deploy(spec, { files: { f: 'one <%= greeting + "" %>' } })
  await deployment.writeVariables({ greeting: 'bye', debug: false })
  await eventually(() => textOf('r.log') === 'start\nstart\n' && textOf('l.log') === 'start\nreload\n')
  await eventually(
    async () => (await registered('r'))[0]?.incarnation !== before && (await registered('r')).length === 1,
  )
  assert.is(textOf('r.conf'), 'one bye')
  assert.is(textOf('l.conf'), 'one bye')
  assert.is(textOf('i.conf'), 'one hello')
  assert.is(textOf('i.log'), 'start\n')
  await deployment.writeVariables({ greeting: 'hello', debug: false })
})

test('a registration names the configuration that the daemon runs, and is never gone for a reload or an acknowledgement', async () => {
  const digit = (name: string): string => name.repeat(64)
  const log = (name: string): string => at(`named-${name}.log`)
  const script = (name: string): string =>
    `echo start >> ${log(name)}; trap 'cat ${at(`named-${name}.conf`)} >> ${log(name)}' HUP; trap 'exit 0' TERM; while :; do sleep 0.02; done`
  const kinds = { r: 'restart', l: { reload: 'SIGHUP' }, i: 'ignore' } as const
  const specOf = (name: keyof typeof kinds, config: string): StartSpec =>
    daemonSpec(`named-${name}`, {
      config: digit(config),
      files: [{ name: 'f', dest: at(`named-${name}.conf`), mode: '0644', digest: '' }],
      daemon: {
        command: sh(script(name)),
        onConfigChange: kinds[name],
        ready: { kind: 'exec', command: sh(`test -s ${log(name)}`) },
      },
    })
  const names = Object.keys(kinds) as readonly (keyof typeof kinds)[]
  const nodeOf = async (name: string): Promise<RegistryNode | undefined> =>
    (await registered(`named-${name}`))[0]
  const deployAll = async (config: string, text: string, password: string): Promise<void> => {
    const options = { files: { f: text }, secrets: { password } }
    for (const name of names) await deployment.deploy(specOf(name, config), options)
  }
  const allRun = (config: string): Promise<void> =>
    eventually(async () => {
      const nodes = await Promise.all(names.map(nodeOf))
      return nodes.every((node) => node?.config === digit(config))
    })

  const text = 'one <%= secrets.password %>\n'
  await deployAll('1', text, 'swordfish-1')
  for (const name of names) await lab.start(`named-${name}`)
  await allRun('1')
  const first = await Promise.all(names.map(nodeOf))

  // Another name that renders the same: nothing is restarted, and everybody says so.
  const gone: string[] = []
  const stop = new AbortController()
  for (const name of ['l', 'i']) {
    const path = deployment.layout.registryOf(`named-${name}`)
    const look = (children: readonly string[] | undefined): void => void (children?.length || gone.push(name))
    deployment.store.watchChildren(path, look, { signal: stop.signal })
  }
  await deployAll('2', text, 'swordfish-1')
  await allRun('2')
  const second = await Promise.all(names.map(nodeOf))
  assert.equal(
    second.map((node) => node?.incarnation),
    first.map((node) => node?.incarnation),
  )
  assert.equal(
    second.map((node) => node?.note),
    [undefined, undefined, undefined],
  )

  // A secret alone: whoever names the new configuration runs with it, or says that it was left alone.
  await deployAll('3', text, 'swordfish-2')
  await eventually(async () => (await nodeOf('r'))?.config === digit('3'))
  assert.is(textOf('named-r.conf'), 'one swordfish-2\n')
  await allRun('3')
  const [restarted, reloaded, ignored] = await Promise.all(names.map(nodeOf))
  assert.is.not(restarted?.incarnation, first[0]?.incarnation)
  assert.is(reloaded?.incarnation, first[1]?.incarnation)
  await eventually(() => textOf('named-l.log') === 'start\none swordfish-2\n')
  assert.is(ignored?.note, 'left alone, as the service wants it')
  assert.is(textOf('named-i.conf'), 'one swordfish-1\n')

  // One that cannot be used is not taken up, and the registration says why.
  await deployAll('4', 'two <%= nobody_knows %>', 'swordfish-2')
  await eventually(async () => /nobody_knows/.test((await nodeOf('r'))?.note ?? ''))
  assert.is((await nodeOf('r'))?.config, digit('3'))
  assert.is((await nodeOf('r'))?.incarnation, restarted?.incarnation)
  stop.abort()
  assert.equal(gone, [])
})

test('members of a service restart one at a time, so that it is never gone', async () => {
  const file = { name: 'f', dest: at('many.conf'), mode: '0644', digest: '' }
  const script = `echo start >> ${at('many.log')}; sleep 0.3; touch ${at('up')}.$$; exec sleep 1000`
  const daemon = { command: sh(script), ready: { kind: 'exec', command: sh('sleep 0.3') } as const }
  const spec = daemonSpec('many', { files: [file], daemon })
  await deployment.deploy(spec, { files: { f: 'one' } })
  for (const instance of ['many.a', 'many.b', 'many.c']) await lab.start('many', { instance })
  await eventually(async () => (await registered('many')).length === 3)
  const before = new Set((await registered('many')).map((node) => node.incarnation))
  const counts: number[] = []
  await deployment.deploy(spec, { files: { f: 'two' } })
  await eventually(async () => {
    const nodes = await registered('many')
    counts.push(nodes.length)
    return nodes.length === 3 && nodes.every((node) => !before.has(node.incarnation))
  }, 10_000)
  assert.is(Math.min(...counts), 2)
  assert.is(textOf('many.log').split('\n').length - 1, 6)
})

test('a text that asks for a service is rendered again when its registrations change', async () => {
  const backend = daemonSpec('backend', { daemon: { ports: { db: 3306 } } })
  await deployment.deploy(backend)
  const text = `<%= service('backend').addresses.join(',') %>:<%= service('backend').ports.db ?? '' %>`
  const front = daemonSpec('front', {
    files: [{ name: 'f', dest: at('front.conf'), mode: '0644', digest: '' }],
    daemon: {
      onConfigChange: { reload: 'SIGHUP' },
      command: sh(
        `trap 'echo x >> ${at('front.log')}' HUP; trap 'exit 0' TERM; while :; do sleep 0.02; done`,
      ),
    },
  })
  await deployment.deploy(front, { files: { f: text } })
  await lab.start('front')
  await eventually(async () => (await registered('front')).length === 1)
  assert.is(textOf('front.conf'), ':')
  await lab.start('backend', { host: 'h2' })
  await eventually(() => textOf('front.conf') === '10.9.0.2:3306')
  await lab.start('backend', { host: 'h1' })
  await eventually(() => textOf('front.conf') === '10.9.0.1,10.9.0.2:3306')
})

test('a file whose text is not there yet is waited for', async () => {
  const spec = daemonSpec('half', {
    files: [{ name: 'f', dest: at('half.conf'), mode: '0644', digest: '' }],
  })
  const first = await deployment.deploy(spec, { files: { f: 'first' } })
  await deployment.deploy(
    { ...first, files: [{ ...spec.files[0]!, digest: 'f'.repeat(64) }] },
    { files: { f: 'first' } },
  )
  const half = await lab.start('half')
  await eventually(() => half.output().includes('file f is not written yet'))
  await deployment.deploy(spec, { files: { f: 'second' } })
  await eventually(async () => (await registered('half')).length === 1)
  assert.is(await readFile(at('half.conf'), 'utf8'), 'second')
})

test('refuses a key of another service and a missing key file, with a way out', async () => {
  await deployment.deploy(daemonSpec('keyed'))
  const missing = await lab.start('keyed', { environment: { KMESOS_KEY_FILE: at('none') } })
  assert.is((await missing.exited).code, 3)
  assert.match(missing.output(), `cannot read the key file ${at('none')}`)
  assert.match(missing.output(), 'hint: deploy again')
  const other = await lab.start('keyed', { environment: { KMESOS_SERVICE: 'app' } })
  assert.is((await other.exited).code, 3)
  assert.match(other.output(), 'is for lifecycle/keyed, not for lifecycle/app')
})

test.run()
