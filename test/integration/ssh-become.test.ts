import { execFile } from 'node:child_process'
import { chmod, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BecomeError } from '../../src/connection/become.ts'
import type { Become, Connection, Transport } from '../../src/connection/types.ts'
import { secret } from '../../src/kernel/secret.ts'
import type { KmesosError } from '../../src/kernel/errors.ts'
import { eventually } from '../support/eventually.ts'
import { makeUser, type LinuxUser } from '../support/linux-users.ts'
import { rejects } from '../support/rejects.ts'
import { hostOf, transportFor } from '../support/ssh-transport.ts'
import { startSshd, type Sshd } from '../support/sshd.ts'

const run = promisify(execFile)
const test = suite('becoming another user')
let sshd: Sshd
let transport: Transport
/** With a password, without one, and not at all. */
let asked: LinuxUser
let free: LinuxUser
let nobody: LinuxUser

test.before(async () => {
  sshd = await startSshd()
  asked = await makeUser('ALL=(ALL:ALL) ALL')
  free = await makeUser('ALL=(ALL:ALL) NOPASSWD: ALL')
  nobody = await makeUser()
  transport = transportFor(sshd)
})
test.after(async () => {
  await transport.close()
  await sshd.stop()
  await Promise.all([asked, free, nobody].map((user) => user.remove()))
})

function as(user: LinuxUser): Promise<Connection> {
  return transport.connect(hostOf(sshd, { ansible_user: user.name }))
}

function root(password?: string): Become {
  return { user: 'root', method: 'sudo', ...(password === undefined ? {} : { password: secret(password) }) }
}

test('works without a password where sudoers allows it', async () => {
  const result = await (
    await as(free)
  ).exec(['sh', '-c', 'id -un; cat; exit 4'], { become: root(), stdin: 'fed\n' })
  assert.equal(result, { exitCode: 4, stdout: 'root\nfed\n', stderr: '' })
})

test('answers the prompt, and feeds the command after it', async () => {
  const result = await (
    await as(asked)
  ).exec(['sh', '-c', 'id -un; cat; echo err >&2'], { become: root(asked.password), stdin: 'fed\n' })
  assert.equal(result, { exitCode: 0, stdout: 'root\nfed\n', stderr: 'err\n' })
})

test('takes a password that is not asked for', async () => {
  const result = await (await as(free)).exec(['cat'], { become: root(free.password), stdin: 'fed' })
  assert.is(result.stdout, 'fed')
})

test('says that the password is wrong', async () => {
  const connection = await as(asked)
  const error = (await rejects(
    connection.exec(['id'], { become: root('wrong-one') }),
    /cannot become root on 127\.0\.0\.1: sudo says that the password is wrong/,
  )) as KmesosError
  assert.instance(error, BecomeError)
  assert.not.match(`${error.message}${error.detail ?? ''}`, /wrong-one/)
})

test('says that a password is missing', async () => {
  const error = (await rejects(
    (await as(asked)).exec(['id'], { become: root() }),
    /sudo wants a password and none was given/,
  )) as KmesosError
  assert.match(error.hint ?? '', /--ask-become-pass/)
})

test('says that sudo does not allow it', async () => {
  await rejects(
    (await as(nobody)).exec(['id'], { become: root(nobody.password) }),
    /sudo does not allow it to this user/,
  )
})

test('says that there is no such user', async () => {
  await rejects(
    (await as(free)).exec(['id'], { become: { user: 'nosuch', method: 'sudo' } }),
    /there is no user nosuch/,
  )
})

test('does not ask sudo to become who we are', async () => {
  const connection = await transport.connect(hostOf(sshd))
  assert.is((await connection.exec(['id', '-un'], { become: root('unused') })).stdout, 'root\n')
})

test('becomes another user through su with a password', async () => {
  const connection = await as(nobody)
  const become: Become = { user: asked.name, method: 'su', password: secret(asked.password) }
  const result = await connection.exec(['sh', '-c', 'id -un; cat'], { become, stdin: 'fed\n' })
  assert.is(result.stdout, `${asked.name}\nfed\n`)
  await rejects(
    connection.exec(['id'], { become: { ...become, password: secret('wrong') } }),
    /su says that the password is wrong/,
  )
})

test('writes and reads files that only root may', async () => {
  const connection = await as(asked)
  const path = join(sshd.folder, 'root-only')
  await connection.upload({ content: 'deep secret' }, path, { become: root(asked.password), mode: '0600' })
  const { uid, mode } = await stat(path)
  assert.equal([uid, mode & 0o777], [0, 0o600])
  await rejects(connection.download(path), /Permission denied/)
  assert.is((await connection.download(path, { become: root(asked.password) })).toString(), 'deep secret')
})

test('never shows a secret in the words of a process', async () => {
  const connection = await as(asked)
  const program =
    'for p in /proc/[0-9]*; do tr "\\0" " " <$p/cmdline; echo; done 2>/dev/null; echo "value=$TOKEN" | tr a-y b-z'
  const environment = { TOKEN: 'environment-secret' }
  const result = await connection.exec(['sh', '-c', program], {
    become: root(asked.password),
    environment,
    stdin: 'stdin-secret',
  })
  assert.match(result.stdout, /fowjsponfou-tfdsfu/, 'the command sees its environment')
  for (const value of ['environment-secret', 'stdin-secret', asked.password])
    assert.not.ok(result.stdout.includes(value))
  assert.match(result.stdout, /sudo -S/)
})

test('tells requiretty', async () => {
  const rule = `/etc/sudoers.d/${free.name}`
  const before = await readFile(rule, 'utf8')
  await writeFile(rule, `Defaults:${free.name} requiretty\n${before}`)
  await chmod(rule, 0o440)
  const connection = await as(free)
  await rejects(connection.exec(['id'], { become: root() }), /sudo wants a terminal/)
  await writeFile(rule, before)
})

test('doas works without a password and with one, streams kept apart, and says that one is wrong', async () => {
  const config = '/etc/doas.conf'
  const before = await readFile(config, 'utf8').catch(() => undefined)
  await writeFile(config, `permit nopass ${free.name}\npermit ${asked.name}\n`)
  await chmod(config, 0o400)
  try {
    const doas = (password?: string): Become => ({ ...root(password), method: 'doas' })
    const program = ['sh', '-c', 'id -un; cat; echo err >&2; exit 4']
    const wanted = { exitCode: 4, stdout: 'root\nfed\n', stderr: 'err\n' }
    assert.equal(await (await as(free)).exec(program, { become: doas(), stdin: 'fed\n' }), wanted)
    assert.equal(await (await as(free)).exec(program, { become: doas('unused'), stdin: 'fed\n' }), wanted)
    const connection = await as(asked)
    assert.equal(await connection.exec(program, { become: doas(asked.password), stdin: 'fed\n' }), wanted)
    await rejects(
      connection.exec(['id'], { become: doas('wrong-one') }),
      /doas says that the password is wrong/,
    )
    await rejects(connection.exec(['id'], { become: doas() }), /doas wants a password and none was given/)
    await rejects(
      (await as(nobody)).exec(['id'], { become: doas(nobody.password) }),
      /doas does not allow it to this user/,
    )
  } finally {
    if (before === undefined) await rm(config, { force: true })
    else await writeFile(config, before)
  }
})

test('flags of the inventory reach sudo, and a time-out ends what sudo began', async () => {
  const connection = await transport.connect(
    hostOf(sshd, { ansible_user: free.name, ansible_become_flags: '-E -S -n', ansible_command_timeout: 2 }),
  )
  let pid = ''
  const program = ['sh', '-c', 'echo $$; tr "\\0" " " </proc/$PPID/cmdline; echo; exec sleep 60']
  const lines: string[] = []
  const error = (await rejects(
    connection.exec(program, { become: root(), onLine: (line) => lines.push(line) }),
    /did not end on .* within 2 s/,
  )) as KmesosError
  assert.match(error.hint ?? '', /--command-timeout/)
  pid = lines[0] ?? ''
  assert.match(lines[1] ?? '', /sudo -n -E -u root/)
  const gone = ['sh', '-c', 'test ! -d "/proc/$0" || grep -q "^State:.Z" "/proc/$0/status"', pid]
  await eventually(async () => (await connection.exec(gone)).exitCode === 0)
})

test('sudo that says something first, and its lecture, are no trouble', async () => {
  const rule = `/etc/sudoers.d/${asked.name}`
  const before = await readFile(rule, 'utf8')
  await writeFile(rule, `Defaults:${asked.name} lecture=always, !fqdn\n${before}`)
  const result = await (await as(asked)).exec(['id', '-un'], { become: root(asked.password) })
  assert.equal(result, { exitCode: 0, stdout: 'root\n', stderr: '' })
  await writeFile(rule, before)
})

test('an account that has expired is told as such', async () => {
  const expired = await makeUser('ALL=(ALL:ALL) ALL')
  const connection = await transport.connect(hostOf(sshd, { ansible_user: expired.name }))
  await run('chage', ['-E', '2020-01-01', expired.name])
  await rejects(
    connection.exec(['id'], { become: root(expired.password) }),
    /sudo says that the account has expired or is locked/,
  )
  await expired.remove()
})

test.run()
