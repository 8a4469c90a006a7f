import { readFile, stat, writeFile } from 'node:fs/promises'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { UnreachableError, type KmesosError } from '../../src/kernel/errors.ts'
import type { TransportOptions } from '../../src/connection/transport-options.ts'
import { rejects } from '../support/rejects.ts'
import { hostOf, transportFor } from '../support/ssh-transport.ts'
import { makeKey, startSshd, type Sshd } from '../support/sshd.ts'

const run = promisify(execFile)
const test = suite('host keys')
let sshd: Sshd

test.before(async () => {
  sshd = await startSshd({ hostKeyTypes: ['ed25519', 'ecdsa', 'rsa'] })
})
test.after(() => sshd.stop())

async function connect(
  options: Partial<TransportOptions>,
  vars: Record<string, unknown> = {},
): Promise<void> {
  const transport = transportFor(sshd, options)
  try {
    await transport.connect(hostOf(sshd, vars))
  } finally {
    await transport.close()
  }
}

test('remembers a new key once, in a file for the owner alone', async () => {
  const knownHostsFile = join(sshd.folder, 'new/known_hosts')
  await connect({ knownHostsFile })
  await connect({ knownHostsFile })
  const text = await readFile(knownHostsFile, 'utf8')
  assert.match(text, new RegExp(`^\\[127\\.0\\.0\\.1\\]:${sshd.port} ssh-ed25519 [A-Za-z0-9+/=]+\\n$`))
  assert.is((await stat(knownHostsFile)).mode & 0o777, 0o600)
})

test('refuses an unknown key in strict mode', async () => {
  const knownHostsFile = join(sshd.folder, 'empty')
  const error = (await rejects(
    connect({ knownHostsFile, hostKeyMode: 'strict' }),
    /is not known: it shows ssh-ed25519 SHA256:/,
  )) as KmesosError
  assert.instance(error, UnreachableError)
  assert.match(error.hint ?? '', /accept-new/)
})

test('refuses a changed key in every mode but off, with the line and the way out', async () => {
  const knownHostsFile = join(sshd.folder, 'changed')
  await makeKey(join(sshd.folder, 'foreign'))
  const key = (await readFile(join(sshd.folder, 'foreign.pub'), 'utf8')).split(' ').slice(0, 2).join(' ')
  await writeFile(knownHostsFile, `# a comment\n[127.0.0.1]:${sshd.port} ${key}\n`)
  for (const hostKeyMode of ['strict', 'accept-new'] as const) {
    const error = (await rejects(
      connect({ knownHostsFile, hostKeyMode }),
      /has changed: it shows ssh-ed25519 SHA256:\S+, but .*changed:2 knows ssh-ed25519 SHA256:\S+$/,
    )) as KmesosError
    assert.match(error.hint ?? '', /ssh-keygen -f .*changed -R '\[127\.0\.0\.1\]:\d+'/)
  }
  await connect({ knownHostsFile, hostKeyMode: 'off' })
  await run('ssh-keygen', ['-f', knownHostsFile, '-R', `[127.0.0.1]:${sshd.port}`])
  await connect({ knownHostsFile })
})

test('asks for the type of key that is known already', async () => {
  for (const type of ['rsa', 'ecdsa', 'ed25519'] as const) {
    const knownHostsFile = join(sshd.folder, `only-${type}`)
    const key = (await readFile(join(sshd.folder, `host_${type}.pub`), 'utf8'))
      .split(' ')
      .slice(0, 2)
      .join(' ')
    await writeFile(knownHostsFile, `[127.0.0.1]:${sshd.port} ${key}\n`)
    await connect({ knownHostsFile, hostKeyMode: 'strict' })
  }
})

test('reads files that ssh-keygen has hashed', async () => {
  const knownHostsFile = join(sshd.folder, 'hashed')
  await writeFile(knownHostsFile, await sshd.knownHosts())
  await run('ssh-keygen', ['-H', '-f', knownHostsFile])
  assert.match(await readFile(knownHostsFile, 'utf8'), /^\|1\|/)
  await connect({ knownHostsFile, hostKeyMode: 'strict' })
})

test('writes hashed names that ssh-keygen finds, where the configuration wants them', async () => {
  const knownHostsFile = join(sshd.folder, 'hash-new')
  await connect({ knownHostsFile }, { ansible_ssh_common_args: '-o HashKnownHosts=yes' })
  assert.match(await readFile(knownHostsFile, 'utf8'), /^\|1\|/)
  const { stdout } = await run('ssh-keygen', ['-f', knownHostsFile, '-F', `[127.0.0.1]:${sshd.port}`])
  assert.match(stdout, /found: line 1/)
})

/** Signs the sshd's ed25519 host key; the certificate is shown by a second sshd with the same key. */
async function certified(
  words: readonly string[],
  caType: string,
): Promise<{ other: Sshd; authority: string }> {
  const other = await startSshd({ hostKeyTypes: ['ed25519', 'ecdsa'], certificates: { words, caType } })
  return { other, authority: (await readFile(join(other.folder, 'ca.pub'), 'utf8')).trim() }
}

for (const caType of ['ed25519', 'ecdsa', 'rsa']) {
  test(`a certificate of a known ${caType} authority needs no known key`, async () => {
    const { other, authority } = await certified(['-n', 'web1,127.0.0.*'], caType)
    const knownHostsFile = join(other.folder, 'ca-only')
    await writeFile(knownHostsFile, `@cert-authority [127.0.0.*]:* ${authority}\n`)
    const transport = transportFor(other, { knownHostsFile, hostKeyMode: 'strict' })
    const connection = await transport.connect(hostOf(other))
    assert.is((await connection.exec(['echo', 'in'])).stdout, 'in\n')
    await transport.close()
    assert.is(await readFile(knownHostsFile, 'utf8'), `@cert-authority [127.0.0.*]:* ${authority}\n`)
    await other.stop()
  })
}

test('a certificate for another host, an expired one and one of a revoked authority are refused', async () => {
  const cases: readonly (readonly [readonly string[], string, RegExp])[] = [
    [
      ['-n', 'elsewhere'],
      '@cert-authority',
      /signed by the authority at .*kh:1, is for elsewhere, not for 127\.0\.0\.1/,
    ],
    [['-n', '127.0.0.1', '-V', '20200101:20210101'], '@cert-authority', /has expired on 2021-01-01/],
    [['-n', '127.0.0.1'], '@revoked', /is revoked at .*kh:1/],
  ]
  for (const [words, marker, message] of cases) {
    const { other, authority } = await certified(words, 'ed25519')
    const knownHostsFile = join(other.folder, 'kh')
    const again = marker === '@revoked' ? `@cert-authority * ${authority}\n` : ''
    await writeFile(knownHostsFile, `${marker} * ${authority}\n${again}`)
    const transport = transportFor(other, { knownHostsFile })
    await rejects(transport.connect(hostOf(other)), message)
    await transport.close()
    await other.stop()
  }
})

test('a certificate of an authority that nobody knows is taken as the plain key inside of it', async () => {
  const { other } = await certified(['-n', '127.0.0.1'], 'ed25519')
  const knownHostsFile = join(other.folder, 'kh')
  await writeFile(
    knownHostsFile,
    `@cert-authority * ${(await readFile(`${sshd.keyFile}.pub`, 'utf8')).trim()}\n`,
  )
  const transport = transportFor(other, { knownHostsFile })
  await transport.connect(hostOf(other))
  await transport.close()
  const plain = (await readFile(join(other.folder, 'host_ed25519.pub'), 'utf8')).split(' ')[1] ?? ''
  assert.ok((await readFile(knownHostsFile, 'utf8')).includes(plain))
  await other.stop()
})

test('refuses a revoked key even when checks are off', async () => {
  const knownHostsFile = join(sshd.folder, 'revoked')
  const key = (await readFile(join(sshd.folder, 'host_ed25519.pub'), 'utf8')).split(' ').slice(0, 2).join(' ')
  await writeFile(knownHostsFile, `@revoked * ${key}\n`)
  await rejects(connect({ knownHostsFile, hostKeyMode: 'off' }), /is revoked at .*revoked:1/)
})

test.run()
