import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { TransportOptions } from '../../src/connection/transport-options.ts'
import type { KmesosError } from '../../src/kernel/errors.ts'
import { makeUser, type LinuxUser } from '../support/linux-users.ts'
import { rejects } from '../support/rejects.ts'
import { hostOf, transportFor } from '../support/ssh-transport.ts'
import { makeKey, startSshd, type Sshd } from '../support/sshd.ts'

const run = promisify(execFile)
const test = suite('several ways to log in')
let user: LinuxUser

test.before(async () => {
  user = await makeUser()
})
test.after(() => user.remove())

interface Attempt {
  readonly sshd: Sshd
  readonly vars?: Record<string, unknown>
  readonly options?: Partial<TransportOptions>
}

async function whoAmI({ sshd, vars = {}, options = {} }: Attempt): Promise<string> {
  const transport = transportFor(sshd, options)
  try {
    const connection = await transport.connect(hostOf(sshd, { ansible_user: user.name, ...vars }))
    return (await connection.exec(['id', '-un'])).stdout.trim()
  } finally {
    await transport.close()
  }
}

test('keyboard-interactive through PAM', async () => {
  const sshd = await startSshd({
    extra: ['AuthenticationMethods keyboard-interactive'],
    keyboardInteractive: true,
  })
  const vars = { ansible_ssh_private_key_file: undefined, ansible_password: user.password }
  assert.is(await whoAmI({ sshd, vars }), user.name)
  await rejects(
    whoAmI({ sshd, vars: { ...vars, ansible_password: 'wrong-one' } }),
    /tried password, keyboard-interactive; it takes keyboard-interactive/,
  )
  await sshd.stop()
})

for (const methods of ['publickey,password', 'password,publickey', 'publickey,keyboard-interactive']) {
  test(`several methods required: ${methods}`, async () => {
    const sshd = await startSshd({
      extra: [`AuthenticationMethods ${methods}`],
      keyboardInteractive: true,
      passwordAuthentication: true,
    })
    assert.is(await whoAmI({ sshd, vars: { ansible_password: user.password } }), user.name)
    await sshd.stop()
  })
}

test('a key that is not enough is told as such, with what the server wants', async () => {
  const sshd = await startSshd({
    extra: ['AuthenticationMethods publickey,password'],
    passwordAuthentication: true,
  })
  const error = (await rejects(
    whoAmI({ sshd }),
    /it took key \S+ \(ssh-ed25519\) and wants more; it takes password/,
  )) as KmesosError
  assert.match(error.hint ?? '', /--ask-pass/)
  await sshd.stop()
})

test('an encrypted key that the agent holds is used from there, and nobody is asked', async () => {
  const sshd = await startSshd({ extra: ['MaxAuthTries 2'] })
  const key = join(sshd.folder, 'locked')
  await makeKey(key, { passphrase: 'sesame' })
  const plain = join(sshd.folder, 'plain')
  await run('cp', [key, plain])
  await run('ssh-keygen', ['-q', '-p', '-P', 'sesame', '-N', '', '-f', plain])
  await writeFile(join(sshd.folder, 'authorized_keys'), (await run('ssh-keygen', ['-y', '-f', plain])).stdout)
  const socket = join(sshd.folder, 'agent.sock')
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] })
  await once(agent.stdout, 'data')
  const others = [1, 2, 3].map((number) => join(sshd.folder, `other${number}`))
  for (const other of others) await makeKey(other)
  await run('ssh-add', ['-q', ...others, plain], { env: { ...process.env, SSH_AUTH_SOCK: socket } })
  const asked: string[] = []
  const options: Partial<TransportOptions> = {
    agentSocket: socket,
    askPassphrase: (file) => Promise.resolve(void asked.push(file)),
  }
  // Two tries only: with all keys of the agent one after another the right one would come too late.
  for (const more of ['', '-o IdentitiesOnly=yes']) {
    const vars = { ansible_ssh_private_key_file: key, ansible_ssh_common_args: more || undefined }
    assert.is(await whoAmI({ sshd, vars, options }), user.name)
  }
  assert.equal(asked, [])
  agent.kill()
  await sshd.stop()
})

test('PreferredAuthentications orders and limits the ways', async () => {
  const sshd = await startSshd({ passwordAuthentication: true })
  const vars = {
    ansible_password: 'wrong-one',
    ansible_ssh_common_args: '-o PreferredAuthentications=password',
  }
  await rejects(whoAmI({ sshd, vars }), /tried password; it takes/)
  await sshd.stop()
})

test('a jump host that leads back to itself is found, not waited for', async () => {
  const sshd = await startSshd()
  const config = join(sshd.folder, 'loop')
  await writeFile(config, `Host *\n  ProxyJump 127.0.0.1:${sshd.port}\n`)
  await rejects(whoAmI({ sshd, options: { sshConfigFiles: [config] } }), /jump hosts lead back to themselves/)
  await sshd.stop()
})

test('connecting, nothing answered: the limit names how far it came', async () => {
  const sshd = await startSshd()
  // A full queue of connections that nobody takes: the kernel answers no further SYN.
  const full = createServer().listen({ host: '127.0.0.1', port: 0, backlog: 1 })
  await once(full, 'listening')
  const { port } = full.address() as { port: number }
  full.removeAllListeners('connection')
  const vars = { ansible_port: port, ansible_timeout: 0.3 }
  const error = (await rejects(
    whoAmI({ sshd, vars }),
    /time limit for connecting \(0\.3 s\) has passed/,
  )) as KmesosError
  assert.match(error.hint ?? '', /--timeout, or ansible_timeout/)
  full.close()
  await sshd.stop()
})

test.run()
