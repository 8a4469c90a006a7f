import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { localConnection } from '../../src/connection/local-connection.ts'
import { createTransport } from '../../src/connection/host-transport.ts'
import type { Connection } from '../../src/connection/types.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { CommandError, ConfigError, TimeoutError, UnreachableError } from '../../src/kernel/errors.ts'
import { FakeHost } from '../fakes/fake-connection.ts'
import { rejects } from '../support/rejects.ts'
import { startSshd } from '../support/sshd.ts'

/** One kind of connection: how to make it, and the folder where tests may write. */
interface Kind {
  readonly connection: Connection
  readonly folder: string
  stop(): Promise<void>
}

async function fake(): Promise<Kind> {
  const host = new FakeHost()
  // What the suite below runs, as the shell of a host would answer it.
  host
    .on('echo', ({ argv }) => ({ stdout: `${argv.slice(1).join(' ')}\n` }))
    .on('false', { exitCode: 1 })
    .on('cat', ({ stdin }) => ({ stdout: stdin }))
    .on('sleep', () => new Promise(() => undefined))
    .on('printenv', ({ argv, options }) => ({ stdout: `${options.environment?.[argv[1] ?? ''] ?? ''}\n` }))
    .on(`sh -c 'echo out; echo err >&2; printf last; exit 3'`, {
      exitCode: 3,
      stdout: 'out\nlast',
      stderr: 'err\n',
    })
  return { connection: host.connect(), folder: '/tmp', stop: async () => undefined }
}

async function local(): Promise<Kind> {
  const folder = await mkdtemp(join(tmpdir(), 'kmesos-local-'))
  const connection = localConnection('here', { clock: systemClock, becomeTimeoutMs: 5000 })
  const stop = async (): Promise<void> => {
    await connection.close()
    await rm(folder, { recursive: true })
  }
  return { connection, folder, stop }
}

async function ssh(): Promise<Kind> {
  const sshd = await startSshd()
  const transport = createTransport({
    clock: systemClock,
    home: sshd.folder,
    localUser: userInfo().username,
    localHost: 'test',
    uid: 0,
    sshConfigFiles: [],
    knownHostsFile: join(sshd.folder, 'known_hosts'),
    privateKeyFile: sshd.keyFile,
  })
  const connection = await transport.connect({
    name: '127.0.0.1',
    groups: [],
    vars: { ansible_port: sshd.port },
  })
  const stop = async (): Promise<void> => {
    await transport.close()
    await sshd.stop()
  }
  return { connection, folder: sshd.folder, stop }
}

for (const [name, make] of Object.entries({ fake, local, ssh })) {
  const test = suite(`${name} connection`)
  let kind: Kind
  test.before(async () => {
    kind = await make()
  })
  test.after(() => kind.stop())

  test('hands words over as they are', async () => {
    const result = await kind.connection.exec(['echo', "it's", '$HOME', 'a  b', '*'])
    assert.is(result.stdout, "it's $HOME a  b *\n")
    assert.is(result.exitCode, 0)
  })

  test('gives a wrong exit code as a result', async () => {
    assert.is((await kind.connection.exec(['false'])).exitCode, 1)
  })

  test('answers 127 for a program that is not there', async () => {
    assert.is((await kind.connection.exec(['no-such-program-here'])).exitCode, 127)
  })

  test('keeps the two outputs apart and tells whole lines as they come', async () => {
    const lines: string[] = []
    const onLine = (line: string, stream: string): void => void lines.push(`${stream}: ${line}`)
    const result = await kind.connection.exec(['sh', '-c', 'echo out; echo err >&2; printf last; exit 3'], {
      onLine,
    })
    assert.equal(result, { exitCode: 3, stdout: 'out\nlast', stderr: 'err\n' })
    assert.equal(lines.sort(), ['stderr: err', 'stdout: last', 'stdout: out'])
  })

  test('feeds standard input', async () => {
    const text = 'x\n'.repeat(50_000)
    assert.is((await kind.connection.exec(['cat'], { stdin: text })).stdout, text)
    assert.is((await kind.connection.exec(['cat'])).stdout, '')
  })

  test('sets variables of the environment, odd values included', async () => {
    const environment = { ODD: `a'b"c $d\n\\e`, TWO: '2' }
    const result = await kind.connection.exec(['printenv', 'ODD'], { environment, stdin: 'kept' })
    assert.is(result.stdout, `${environment.ODD}\n`)
    const fed = await kind.connection.exec(['cat'], { environment, stdin: 'kept' })
    assert.is(fed.stdout, 'kept')
  })

  test('ends a command at its deadline', async () => {
    const error = await rejects(
      kind.connection.exec(['sleep', '60'], { timeoutMs: 50 }),
      /sleep 60 did not end on .* within 0.05 s/,
    )
    assert.instance(error, TimeoutError)
    assert.is((await kind.connection.exec(['echo', 'still'])).stdout, 'still\n')
  })

  test('ends a command when the signal says so', async () => {
    const abort = new AbortController()
    const running = kind.connection.exec(['sleep', '60'], { signal: abort.signal })
    abort.abort(new Error('stopped by us'))
    await rejects(running, /stopped by us/)
  })

  test('uploads and downloads bytes', async () => {
    const path = join(kind.folder, 'bytes')
    const content = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256))
    await kind.connection.upload({ content }, path, { mode: '0600' })
    assert.ok((await kind.connection.download(path)).equals(content))
    await kind.connection.upload({ content: '' }, path)
    assert.is((await kind.connection.download(path)).length, 0)
  })

  test('uploads a file of this machine', async () => {
    const source = join(await mkdtemp(join(tmpdir(), 'kmesos-source-')), 'file')
    await writeFile(source, 'from a file')
    await kind.connection.upload({ file: source }, join(kind.folder, 'copy'))
    assert.is((await kind.connection.download(join(kind.folder, 'copy'))).toString(), 'from a file')
    await rm(source)
    const error = await rejects(
      kind.connection.upload({ file: source }, join(kind.folder, 'copy')),
      /cannot read/,
    )
    assert.instance(error, ConfigError)
  })

  test('says which file cannot be written or read', async () => {
    const lost = join(kind.folder, 'no-such-folder/file')
    const writing = await rejects(
      kind.connection.upload({ content: 'x' }, lost),
      /cannot write .*no-such-folder/,
    )
    assert.instance(writing, CommandError)
    const reading = await rejects(kind.connection.download(lost), /cannot read .*no-such-folder/)
    assert.instance(reading, CommandError)
  })

  test('runs many commands at once', async () => {
    const results = await Promise.all(
      Array.from({ length: 30 }, (_, index) => kind.connection.exec(['echo', String(index)])),
    )
    assert.equal(
      results.map((result) => result.stdout.trim()),
      Array.from({ length: 30 }, (_, index) => String(index)),
    )
  })

  test.run()
}

const modes = suite('file modes')

modes('are kept when nothing is said, and set when something is', async () => {
  const { connection, folder, stop } = await local()
  const path = join(folder, 'file')
  const mode = async (): Promise<number> => (await stat(path)).mode & 0o7777
  await connection.upload({ content: 'a' }, path)
  assert.is(await mode(), 0o644)
  await connection.upload({ content: 'b' }, path, { mode: '0640' })
  await connection.upload({ content: 'c' }, path)
  assert.is(await mode(), 0o640)
  await stop()
})

modes('a lost fake connection is unreachable', async () => {
  const host = new FakeHost()
  host.on('sleep', () => new Promise(() => undefined))
  const connection = host.connect()
  const running = connection.exec(['sleep', '9'])
  host.cut()
  assert.instance(await rejects(running), UnreachableError)
  assert.instance(await rejects(connection.exec(['true'])), UnreachableError)
})

modes.run()
