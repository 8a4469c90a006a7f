import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { secret } from '../../src/kernel/secret.ts'
import { UnreachableError, type KmesosError } from '../../src/kernel/errors.ts'
import { makeUser, type LinuxUser } from '../support/linux-users.ts'
import { rejects } from '../support/rejects.ts'
import { hostOf, transportFor } from '../support/ssh-transport.ts'
import { authorize, freePort, makeKey, startSshd, type Sshd } from '../support/sshd.ts'

const run = promisify(execFile)
const test = suite('logging in over SSH')
let sshd: Sshd
let user: LinuxUser

test.before(async () => {
  sshd = await startSshd({ passwordAuthentication: true })
  user = await makeUser()
})
test.after(async () => {
  await sshd.stop()
  await user.remove()
})

async function whoAmI(
  vars: Record<string, unknown>,
  options: Parameters<typeof transportFor>[1] = {},
): Promise<string> {
  const transport = transportFor(sshd, options)
  try {
    const connection = await transport.connect(hostOf(sshd, vars))
    return (await connection.exec(['id', '-un'])).stdout.trim()
  } finally {
    await transport.close()
  }
}

test('works with a password', async () => {
  const vars = {
    ansible_user: user.name,
    ansible_password: user.password,
    ansible_ssh_private_key_file: undefined,
  }
  assert.is(await whoAmI(vars), user.name)
})

test('says that a wrong password was refused, and never shows it', async () => {
  const vars = {
    ansible_user: user.name,
    ansible_password: 'not-the-one',
    ansible_ssh_private_key_file: undefined,
  }
  const error = (await rejects(
    whoAmI(vars),
    new RegExp(`user ${user.name} was refused: tried password; it takes publickey, ?password`),
  )) as KmesosError
  assert.instance(error, UnreachableError)
  assert.not.match(`${error.message}${error.hint ?? ''}${error.detail ?? ''}`, /not-the-one/)
})

test('says which key was refused', async () => {
  const other = join(sshd.folder, 'other')
  await makeKey(other)
  const error = (await rejects(
    whoAmI({ ansible_ssh_private_key_file: other }),
    /root was refused: tried key .*other \(ssh-ed25519\)/,
  )) as KmesosError
  assert.match(error.hint ?? '', /authorized_keys/)
})

test('works with an encrypted key and asks for its passphrase once', async () => {
  const key = join(sshd.folder, 'locked')
  await makeKey(key, { passphrase: 'open sesame' })
  await authorize(sshd, key)
  const asked: string[] = []
  const transport = transportFor(sshd, {
    askPassphrase: async (file) => {
      asked.push(file)
      return secret('open sesame')
    },
  })
  await Promise.all(
    [1, 2, 3].map(() => transport.connect(hostOf(sshd, { ansible_ssh_private_key_file: key }))),
  )
  await transport.close()
  assert.equal(asked, [key])
  await rejects(
    whoAmI({ ansible_ssh_private_key_file: key }),
    /locked is encrypted and no passphrase was given/,
  )
  const wrong = { ansible_ssh_private_key_file: key, ansible_ssh_private_key_passphrase: 'shut' }
  await rejects(whoAmI(wrong), /locked is encrypted and the passphrase is wrong/)
})

test('works with the keys of an agent', async () => {
  const socket = join(sshd.folder, 'agent.sock')
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] })
  await once(agent.stdout, 'data')
  try {
    await run('ssh-add', ['-q', sshd.keyFile], { env: { ...process.env, SSH_AUTH_SOCK: socket } })
    assert.is(await whoAmI({ ansible_ssh_private_key_file: undefined }, { agentSocket: socket }), 'root')
  } finally {
    agent.kill()
  }
})

test('takes the usual files of ~/.ssh when nothing is named', async () => {
  const home = join(sshd.folder, 'home')
  await run('mkdir', ['-p', join(home, '.ssh')])
  await makeKey(join(home, '.ssh/id_ed25519'))
  await authorize(sshd, join(home, '.ssh/id_ed25519'))
  assert.is(await whoAmI({ ansible_ssh_private_key_file: undefined }, { home }), 'root')
})

test('obeys the configuration of OpenSSH', async () => {
  const file = join(sshd.folder, 'config')
  await writeFile(
    file,
    `Host box\n  HostName 127.0.0.1\n  Port ${sshd.port}\n  User root\n  IdentityFile ${sshd.keyFile}\n  UserKnownHostsFile ${sshd.folder}/kh-config\n`,
  )
  const { knownHostsFile: _, ...options } = { knownHostsFile: '', sshConfigFiles: [file] }
  const transport = transportFor(sshd, options)
  const connection = await transport.connect({ name: 'box', groups: [], vars: {} })
  assert.is((await connection.exec(['id', '-un'])).stdout, 'root\n')
  await transport.close()
})

test('takes RSA and ECDSA keys', async () => {
  for (const type of ['rsa', 'ecdsa']) {
    const key = join(sshd.folder, type)
    await makeKey(key, { type })
    await authorize(sshd, key)
    assert.is(await whoAmI({ ansible_ssh_private_key_file: key }), 'root')
  }
})

test('says that nobody listens', async () => {
  const port = await freePort()
  const error = (await rejects(
    whoAmI({ ansible_port: port }),
    /root@127\.0\.0\.1:\d+\): connection refused/,
  )) as KmesosError
  assert.is(error.exitCode, 4)
})

test('says that a name is not known', async () => {
  await rejects(
    whoAmI({ ansible_host: 'no-such-host.invalid' }),
    /not known to DNS|name server does not answer/,
  )
})

test('gives up on a server that says nothing', async () => {
  const silent = (await import('node:net')).createServer(() => undefined).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as { port: number }
  await rejects(
    whoAmI({ ansible_port: port }, { connectTimeoutMs: 200 }),
    /time limit for connecting \(0\.2 s\) has passed: the port is open, but no SSH server answered/,
  )
  silent.close()
})

test('names the algorithms when none is in common', async () => {
  const other = await startSshd({ extra: ['Ciphers aes256-ctr'] })
  const transport = transportFor(other)
  await rejects(
    transport.connect(hostOf(other, { ansible_ssh_common_args: '-o Ciphers=aes128-ctr' })),
    /no algorithm in common: no matching .*cipher/,
  )
  await transport.close()
  await other.stop()
})

test('reads no key file twice for many hosts', async () => {
  const transport = transportFor(sshd)
  await transport.connect(hostOf(sshd))
  const text = await readFile(sshd.keyFile)
  await writeFile(sshd.keyFile, 'broken')
  await transport.connect(hostOf(sshd))
  await writeFile(sshd.keyFile, text)
  await transport.close()
})

test.run()
