import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CommandError, UnreachableError } from '../../src/kernel/errors.ts'
import { rejects } from '../support/rejects.ts'
import { hostOf, transportFor } from '../support/ssh-transport.ts'
import { kill, startSshd } from '../support/sshd.ts'

const test = suite('channels, dials and jumps')

test('MaxSessions 1 makes commands wait for one another', async () => {
  const sshd = await startSshd({ maxSessions: 1 })
  const transport = transportFor(sshd)
  const connection = await transport.connect(hostOf(sshd))
  const results = await Promise.all(
    Array.from({ length: 12 }, (_, index) => connection.exec(['echo', String(index)])),
  )
  assert.equal(
    results.map((result) => result.stdout),
    Array.from({ length: 12 }, (_, index) => `${index}\n`),
  )
  await transport.close()
  await sshd.stop()
})

test('MaxSessions 0 is told, with the way out', async () => {
  const sshd = await startSshd({ maxSessions: 0 })
  const transport = transportFor(sshd)
  const connection = await transport.connect(hostOf(sshd))
  const error = await rejects(connection.exec(['true']), /refuses to open a session/)
  assert.instance(error, UnreachableError)
  await transport.close()
  await sshd.stop()
})

test('MaxStartups 1 lets 16 hosts behind one sshd in, one after another', async () => {
  const addresses = Array.from({ length: 16 }, (_, index) => `127.0.0.${index + 1}`)
  const sshd = await startSshd({ addresses, maxStartups: '1' })
  // One address, as hosts behind one bastion or one forwarded port are.
  const transport = transportFor(sshd, { dialPolicy: { attempts: 30, firstDelayMs: 30, maxDelayMs: 300 } })
  const outputs = await Promise.all(
    addresses.map(async (_, index) => {
      const connection = await transport.connect(hostOf(sshd, { ansible_host: '127.0.0.1' }, `h${index}`))
      return (await connection.exec(['echo', connection.host])).stdout.trim()
    }),
  )
  assert.equal(
    outputs,
    addresses.map((_, index) => `h${index}`),
  )
  assert.match(sshd.log(), /MaxStartups|drop connection/)
  await transport.close()
  await sshd.stop()
})

test('a connection cut in the middle of a command is unreachable, not a failed command', async () => {
  const sshd = await startSshd()
  const transport = transportFor(sshd)
  const connection = await transport.connect(hostOf(sshd))
  const abort = new AbortController()
  const started = new Promise<void>((resolve) => {
    void connection
      .exec(['sh', '-c', 'echo begun; exec sleep 60'], { onLine: () => resolve(), signal: abort.signal })
      .catch(() => undefined)
  })
  const running = connection.exec(['sleep', '61'])
  await started
  for (const pid of await sshd.sessions()) kill(pid, 'SIGKILL')
  const error = await rejects(running, /lost the connection to 127\.0\.0\.1 while it ran: sleep 61/)
  assert.instance(error, UnreachableError)
  assert.instance(await rejects(connection.exec(['true'])), UnreachableError)
  await transport.close()
  await sshd.stop()
})

test('an upload that is cut leaves neither a half file nor a new one', async () => {
  const sshd = await startSshd()
  const transport = transportFor(sshd)
  const connection = await transport.connect(hostOf(sshd))
  const path = join(sshd.folder, 'target')
  await connection.upload({ content: 'old' }, path)
  const upload = connection.upload({ content: Buffer.alloc(64 * 1024 * 1024, 1) }, path)
  const temporary = await firstTemporary(sshd.folder)
  assert.ok(temporary)
  for (const pid of await sshd.sessions()) kill(pid, 'SIGKILL')
  assert.instance(await rejects(upload), UnreachableError)
  assert.is(await readFile(path, 'utf8'), 'old')
  await transport.close()
  await sshd.stop()
})

/** Waits until the upload's temporary file is there. */
async function firstTemporary(folder: string): Promise<string | undefined> {
  for (let turn = 0; turn < 10_000; turn++) {
    const found = (await readdir(folder)).find((name) => name.startsWith('.kmesos.'))
    if (found !== undefined) return found
  }
  return undefined
}

test('goes through a chain of jump hosts whose own keys are checked', async () => {
  const [first, second, target] = await Promise.all([startSshd(), startSshd(), startSshd()])
  const identity = `-o IdentityFile=${first.keyFile} -o IdentityFile=${second.keyFile}`
  const jumps = `-J root@127.0.0.1:${first.port},root@127.0.0.1:${second.port} ${identity}`
  const config = join(target.folder, 'config')
  await (
    await import('node:fs/promises')
  ).writeFile(config, `IdentityFile ${first.keyFile}\nIdentityFile ${second.keyFile}\n`)
  const transport = transportFor(target, { sshConfigFiles: [config] })
  const hosts = Array.from({ length: 5 }, (_, index) =>
    hostOf(target, { ansible_ssh_common_args: jumps, ansible_host: '127.0.0.1' }, `t${index}`),
  )
  const connections = await Promise.all(hosts.map((host) => transport.connect(host)))
  const where = await connections[0]?.exec(['sh', '-c', 'echo $SSH_CONNECTION'])
  assert.match(where?.stdout ?? '', new RegExp(` ${target.port}$`, 'm'))
  const known = await readFile(join(target.folder, 'known_hosts'), 'utf8')
  for (const sshd of [first, second, target]) assert.ok(known.includes(`:${sshd.port} `))
  assert.is(
    (first.log().match(/Accepted publickey/g) ?? []).length,
    1,
    'the first jump is opened once for all',
  )
  assert.is(
    (second.log().match(/Accepted publickey/g) ?? []).length,
    1,
    'the second jump is opened once for all',
  )
  await transport.close()
  await Promise.all([first.stop(), second.stop(), target.stop()])
})

test('a jump host with a changed key stops the way', async () => {
  const [jump, target] = await Promise.all([startSshd(), startSshd()])
  const foreign = (await target.knownHosts()).replace(`:${target.port} `, `:${jump.port} `)
  await writeFile(join(target.folder, 'known_hosts'), foreign)
  const transport = transportFor(target)
  const vars = { ansible_ssh_common_args: `-o ProxyJump=root@127.0.0.1:${jump.port}` }
  await rejects(
    transport.connect(hostOf(target, vars)),
    /host key of 127\.0\.0\.1 \(\[127\.0\.0\.1\]:\d+\) has changed/,
  )
  await transport.close()
  await Promise.all([jump.stop(), target.stop()])
})

test('a ProxyCommand is a way too', async () => {
  const sshd = await startSshd()
  const transport = transportFor(sshd)
  const command = `ssh -F none -q -i ${sshd.keyFile} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -p ${sshd.port} -W %h:%p root@127.0.0.1`
  const connection = await transport.connect(
    hostOf(sshd, { ansible_ssh_common_args: `-o ProxyCommand="${command}"` }),
  )
  assert.is((await connection.exec(['echo', 'through'])).stdout, 'through\n')
  await transport.close()
  await sshd.stop()
})

test('works without an SFTP subsystem', async () => {
  const sshd = await startSshd({ sftp: false })
  const transport = transportFor(sshd)
  const connection = await transport.connect(hostOf(sshd))
  await connection.upload({ content: 'x' }, join(sshd.folder, 'x'))
  assert.is((await connection.download(join(sshd.folder, 'x'))).toString(), 'x')
  const error = await rejects(
    connection.upload({ content: 'x' }, sshd.folder),
    /cannot write .*: .* is a directory/,
  )
  assert.instance(error, CommandError)
  await transport.close()
  await sshd.stop()
})

test('a time-out ends the command on the host', async () => {
  const sshd = await startSshd()
  const transport = transportFor(sshd)
  const connection = await transport.connect(hostOf(sshd))
  let pid = ''
  const onLine = (line: string): void => void (pid = line)
  await rejects(
    connection.exec(['sh', '-c', 'echo $$; exec sleep 60'], { timeoutMs: 1000, onLine }),
    /did not end/,
  )
  assert.match(pid, /^\d+$/)
  let isThere = true
  for (let turn = 0; turn < 100 && isThere; turn++)
    isThere = (await connection.exec(['kill', '-0', pid])).exitCode === 0
  assert.not.ok(isThere)
  await transport.close()
  await sshd.stop()
})

test.run()
