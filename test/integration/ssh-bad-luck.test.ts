import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DetachedRun } from '../../src/connection/detached-run.ts'
import { UnreachableError } from '../../src/kernel/errors.ts'
import { makeUser, type LinuxUser } from '../support/linux-users.ts'
import { rejects } from '../support/rejects.ts'
import { hostOf, transportFor } from '../support/ssh-transport.ts'
import { kill, startSshd, type Sshd } from '../support/sshd.ts'

const test = suite('SSH and bad luck')
let sshd: Sshd
let user: LinuxUser

test.before(async () => {
  sshd = await startSshd({ maxSessions: 2 })
  user = await makeUser()
})
test.after(async () => {
  await sshd.stop()
  await user.remove()
})

test('a shell that prints a banner leaves the outputs of detached runs clean, and those of others whole', async () => {
  const shell = join(sshd.folder, 'loud-shell')
  await writeFile(shell, '#!/bin/sh\necho "Welcome to this host"\necho "mail waits" >&2\nexec /bin/sh "$@"\n')
  await chmod(shell, 0o755)
  const loud = await startSshd({ extra: [`ForceCommand ${shell} -c "$SSH_ORIGINAL_COMMAND"`] })
  const transport = transportFor(loud)
  const connection = await transport.connect(hostOf(loud))
  const result = await connection.exec(['sh', '-c', 'echo out; echo err >&2'], {
    detached: new DetachedRun(),
  })
  assert.equal(result, { exitCode: 0, stdout: 'out\n', stderr: 'err\n' })
  assert.is((await connection.exec(['echo', 'x'])).stdout, 'Welcome to this host\nx\n')
  await transport.close()
  await loud.stop()
})

test('a megabyte of output, binary output and a last line without an end arrive as they are', async () => {
  const transport = transportFor(sshd)
  const connection = await transport.connect(hostOf(sshd))
  for (const options of [{}, { detached: new DetachedRun() }]) {
    const result = await connection.exec(
      ['sh', '-c', 'head -c 1000000 /dev/zero | tr "\\0" "x"; printf last'],
      options,
    )
    assert.is(result.stdout.length, 1_000_004)
    assert.ok(result.stdout.endsWith('xlast'))
  }
  await connection.exec(['sh', '-c', `head -c 300000 /dev/urandom >${sshd.folder}/random`])
  const [bytes, sum] = await Promise.all([
    connection.download(join(sshd.folder, 'random')),
    connection.exec(['sha256sum', join(sshd.folder, 'random')]),
  ])
  const { createHash } = await import('node:crypto')
  assert.is(createHash('sha256').update(bytes).digest('hex'), sum.stdout.split(' ')[0])
  await transport.close()
})

test('a command that closes its outputs and lives on is waited for', async () => {
  const transport = transportFor(sshd)
  const connection = await transport.connect(hostOf(sshd))
  for (const options of [{}, { detached: new DetachedRun() }]) {
    const result = await connection.exec(['sh', '-c', 'echo seen; exec >&- 2>&-; sleep 0.3; exit 6'], options)
    assert.equal([result.exitCode, result.stdout], [6, 'seen\n'])
  }
  await transport.close()
})

test('100 MB go up whole', async () => {
  const transport = transportFor(sshd)
  const connection = await transport.connect(hostOf(sshd))
  const path = join(sshd.folder, 'large')
  await connection.upload({ content: Buffer.alloc(100_000_000, 'k') }, path)
  assert.is((await connection.exec(['stat', '-c', '%s', path])).stdout, '100000000\n')
  await transport.close()
})

test('an sshd that is killed in the middle is an unreachable host; the next one takes the run up', async () => {
  const transport = transportFor(sshd)
  const first = await transport.connect(hostOf(sshd))
  const detached = new DetachedRun()
  const argv = ['sh', '-c', 'echo begun; sleep 1; echo ended']
  let losing: Promise<unknown> = Promise.resolve()
  await new Promise<void>((resolve) => {
    losing = rejects(first.exec(argv, { detached, onLine: () => resolve() }))
  })
  for (const pid of await sshd.sessions()) kill(pid, 'SIGKILL')
  assert.instance(await losing, UnreachableError)
  const second = await transport.connect(hostOf(sshd))
  assert.is((await second.exec(argv, { detached })).stdout, 'begun\nended\n')
  await transport.close()
})

test('24 hosts behind one bastion with MaxStartups 3 and MaxSessions 1 all get in, and the wait is told', async () => {
  const [bastion, target] = await Promise.all([
    startSshd({ maxStartups: '3', maxSessions: 1 }),
    startSshd({ maxStartups: '3', maxSessions: 1 }),
  ])
  const config = join(target.folder, 'config')
  await writeFile(config, `IdentityFile ${bastion.keyFile}\n`)
  const warnings: string[] = []
  const transport = transportFor(target, {
    sshConfigFiles: [config],
    dialPolicy: { attempts: 40, firstDelayMs: 50, maxDelayMs: 400 },
    onWarning: (text) => warnings.push(text),
  })
  const vars = { ansible_host: '127.0.0.1', ansible_ssh_common_args: `-J root@127.0.0.1:${bastion.port}` }
  const names = Array.from({ length: 24 }, (_, index) => `h${index}`)
  const outputs = await Promise.all(
    names.map(async (name) => {
      const connection = await transport.connect(hostOf(target, vars, name))
      return (await connection.exec(['echo', name])).stdout.trim()
    }),
  )
  assert.equal(outputs, names)
  assert.is(
    (bastion.log().match(/Accepted publickey/g) ?? []).length,
    1,
    'one log-in on the bastion serves all',
  )
  for (const warning of warnings)
    assert.match(warning, /refuses more log-ins at once \(MaxStartups of its sshd\)/)
  await transport.close()
  await Promise.all([bastion.stop(), target.stop()])
})

test.run()
