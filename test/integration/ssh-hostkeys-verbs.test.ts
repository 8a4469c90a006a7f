import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { KnownHostsStore } from '../../src/connection/known-hosts-store.ts'
import { startSshd, makeKey, type Sshd } from '../support/sshd.ts'

const run = promisify(execFile)
const program = join(import.meta.dirname, '../../src/cli/main.ts')
const test = suite('kmesos hostkeys')
let sshd: Sshd
let jump: Sshd
let folder: string
let known: string
let inventory: string

test.before(async () => {
  sshd = await startSshd({ hostKeyTypes: ['ed25519', 'ecdsa', 'rsa'] })
  jump = await startSshd()
  folder = await mkdtemp(join(tmpdir(), 'kmesos-hostkeys-'))
  known = join(folder, 'known_hosts')
  inventory = join(folder, 'inventory')
  await writeFile(
    inventory,
    `near ansible_host=127.0.0.1 ansible_port=${sshd.port}
far ansible_host=127.0.0.1 ansible_port=${sshd.port} ansible_ssh_common_args="-J root@127.0.0.1:${jump.port}"
[all:vars]
ansible_ssh_private_key_file=${jump.keyFile}
`,
  )
})
test.after(async () => {
  await Promise.all([sshd.stop(), jump.stop()])
  await rm(folder, { recursive: true })
})

interface Ended {
  readonly code: number
  readonly text: string
}

async function kmesos(...words: readonly string[]): Promise<Ended> {
  const given = ['-i', inventory, '--ssh-config', '/dev/null', '--known-hosts', known]
  try {
    const { stdout, stderr } = await run(
      process.execPath,
      ['--import', 'tsx', program, 'hostkeys', ...words, ...given],
      { cwd: join(import.meta.dirname, '../..') },
    )
    return { code: 0, text: stdout + stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, text: stdout + stderr }
  }
}

async function fingerprint(type: string): Promise<string> {
  const { stdout } = await run('ssh-keygen', ['-lf', join(sshd.folder, `host_${type}.pub`)])
  return stdout.split(' ')[1] ?? ''
}

const present = async (): Promise<string> => readFile(known, 'utf8').catch(() => '')

test('scan shows the fingerprints that ssh-keygen shows, also through a jump host, and writes nothing', async () => {
  const direct = await kmesos('scan', 'near')
  assert.is(direct.code, 0, direct.text)
  for (const type of ['ed25519', 'ecdsa', 'rsa']) assert.ok(direct.text.includes(await fingerprint(type)))
  assert.match(direct.text, /^near {2}\[127\.0\.0\.1\]:\d+ {2}ssh-ed25519 SHA256:\S+ {2}not known$/m)
  assert.is(await present(), '')
  const through = await kmesos('scan', 'far')
  assert.is(through.code, 0, through.text)
  assert.ok(through.text.includes(await fingerprint('rsa')))
  // The jump host was logged in to, so its own key was checked and remembered, as on every way through it.
  assert.match(await present(), new RegExp(`^\\[127\\.0\\.0\\.1\\]:${jump.port} ssh-ed25519 \\S+\\n$`))
  await rm(known)
})

test('pin writes what ssh-keygen finds and ssh-keyscan sees; --check writes nothing; a second run changes nothing', async () => {
  const check = await kmesos('pin', 'near', '--check')
  assert.is(check.code, 0, check.text)
  assert.match(check.text, /changed/)
  assert.is(await present(), '')
  assert.is((await kmesos('pin', 'near')).code, 0)
  const name = `[127.0.0.1]:${sshd.port}`
  const { stdout: found } = await run('ssh-keygen', ['-f', known, '-F', name])
  assert.is((found.match(/found: line/g) ?? []).length, 3)
  const { stdout: seen } = await run('ssh-keyscan', ['-p', String(sshd.port), '127.0.0.1'])
  const sorted = (text: string): string =>
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .sort()
      .join('\n')
  assert.is(sorted(await present()), sorted(seen))
  assert.is((await stat(known)).mode & 0o777, 0o600)
  const before = await present()
  assert.not.match((await kmesos('pin', 'near')).text, /changed=[1-9]|changed: /)
  assert.is(await present(), before)
})

test('pin --hash hides the name, and ssh-keygen still finds it', async () => {
  await rm(known)
  assert.is((await kmesos('pin', 'near', '--hash')).code, 0)
  assert.not.match(await present(), /127\.0\.0\.1/)
  const { stdout } = await run('ssh-keygen', ['-f', known, '-F', `[127.0.0.1]:${sshd.port}`])
  assert.is((stdout.match(/found: line/g) ?? []).length, 3)
})

test('pin refuses another key without --replace, and then keeps every other line', async () => {
  const foreign = join(folder, 'foreign')
  await makeKey(foreign)
  const key = (await readFile(`${foreign}.pub`, 'utf8')).split(' ').slice(0, 2).join(' ')
  const text = `# kept\nother,[127.0.0.1]:${sshd.port} ${key}\n@revoked x ${key}`
  await writeFile(known, text)
  const refused = await kmesos('pin', 'near')
  assert.is(refused.code, 1)
  assert.match(refused.text, /near shows ssh-ed25519 SHA256:\S+, but another key stands at \S+known_hosts:2/)
  assert.match(refused.text, /--replace/)
  assert.is(await present(), text)
  assert.match((await kmesos('scan', 'near')).text, /ssh-ed25519 SHA256:\S+ {2}DIFFERS \(\S+:2\)/)
  assert.is((await kmesos('pin', 'near', '--replace')).code, 0)
  const after = await present()
  assert.ok(after.startsWith(`# kept\nother ${key}\n@revoked x ${key}\n`), after)
  assert.match((await kmesos('scan', 'near')).text, /ssh-ed25519 SHA256:\S+ {2}known/)
})

test('forget removes the host alone, hashed lines too', async () => {
  await run('ssh-keygen', ['-H', '-f', known])
  assert.match((await kmesos('forget', 'near', '--check')).text, /changed/)
  const name = `[127.0.0.1]:${sshd.port}`
  await run('ssh-keygen', ['-f', known, '-F', name])
  assert.is((await kmesos('forget', 'near')).code, 0)
  const gone = await run('ssh-keygen', ['-f', known, '-F', name]).then(
    () => false,
    () => true,
  )
  assert.ok(gone)
  await run('ssh-keygen', ['-f', known, '-F', 'other'])
  const before = await present()
  assert.is((await kmesos('forget', 'near')).code, 0)
  assert.is(await present(), before)
})

test('two programs that write at once lose no line', async () => {
  const file = join(folder, 'shared')
  const writer = `
    import { KnownHostsStore } from ${JSON.stringify(join(import.meta.dirname, '../../src/connection/known-hosts-store.ts'))}
    const store = new KnownHostsStore()
    for (let n = 0; n < 40; n++) await store.append(${JSON.stringify(file)}, process.argv[1] + n, { blob: Buffer.from([0, 0, 0, 1, 97]), hashed: false })
  `
  const store = new KnownHostsStore()
  const start = (name: string): Promise<unknown> =>
    run(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', writer, name])
  await Promise.all([
    start('a'),
    start('b'),
    ...Array.from({ length: 40 }, () => store.edit(file, (text) => `${text}# mark\n`)),
  ])
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
  assert.is(lines.length, 120)
  assert.is(new Set(lines).size, 81)
})

test.run()
