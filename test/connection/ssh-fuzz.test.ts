import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { certificateFault, parseHostCertificate } from '../../src/connection/host-certificate.ts'
import { parseJumps } from '../../src/connection/jump-hosts.ts'
import { compareKeys, withoutHost } from '../../src/connection/known-hosts-edit.ts'
import { formatKnownHost, judgeHostKey, linesFor, parseKnownHosts } from '../../src/connection/known-hosts.ts'
import { blobString } from '../../src/connection/ssh-blob.ts'
import { parseSshConfig, parseSshOption } from '../../src/connection/ssh-config.ts'
import { typeOptions } from '../../src/connection/ssh-options.ts'
import { collectOptions } from '../../src/connection/ssh-resolve.ts'
import { ConfigError } from '../../src/kernel/errors.ts'
import { fuzzSeed } from '../support/fuzz-seed.ts'
import { sshConfigCases } from './ssh-config-cases.ts'

const query = { originalHost: 'web1', localUser: 'me', localHost: 'here', home: '/home/me', uid: 1 }

/** A real text with pieces cut out, doubled, or put in. */
function mutated(texts: readonly string[]): fc.Arbitrary<string> {
  const change = fc.tuple(
    fc.nat(400),
    fc.nat(12),
    fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.constantFrom('"', '\\', '%', '*', '!', ',', '\n', '\0', '|1|', '${', '@', '=', ' '),
    ),
  )
  return fc
    .tuple(fc.constantFrom(...texts), fc.array(change, { minLength: 1, maxLength: 4 }))
    .map(([text, changes]) =>
      changes.reduce((now, [at, length, piece]) => {
        const place = at % (now.length + 1)
        return now.slice(0, place) + piece + now.slice(place + length)
      }, text),
    )
}
const noise = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 120 }),
  fc.uint8Array({ maxLength: 120 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
)

/** What a user's fault may end in; anything else is a crash. */
function orConfigError(work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
  }
}

function fuzz<T>(
  what: string,
  numRuns: number,
  [input, check]: readonly [fc.Arbitrary<T>, (value: T) => void],
): void {
  test(what, () => {
    fc.assert(fc.property(input, check), { numRuns, seed: fuzzSeed(what, numRuns) })
  })
}

const configs = sshConfigCases.map(({ text }) => text)
fuzz('ssh configurations', 14_000, [
  fc.oneof(mutated(configs), noise),
  (text) => {
    const config = parseSshConfig(text, 'config', {
      include: (pattern) => [{ file: 'inner', text: pattern }],
    })
    for (const { where, message } of config.problems)
      assert.match(`${where}: ${message}`, /^(?:config|inner):\d+: /)
    orConfigError(() => typeOptions(collectOptions([config], query), query))
  },
])

fuzz('options of ssh arguments', 6000, [
  fc.tuple(
    fc.constantFrom('ProxyJump', 'IdentityFile', 'Match', 'UserKnownHostsFile', 'constructor'),
    fc.oneof(noise, mutated(configs)),
  ),
  ([name, value]) => {
    const config = parseSshOption(name, value, '-o')
    orConfigError(() => typeOptions(collectOptions([config], query), query))
  },
])

fuzz('jump hosts', 8000, [
  fc.oneof(mutated(['user@a:2222,ssh://b:22', '[::1]:22,c', 'a@b@c', 'h']), noise),
  (text) =>
    orConfigError(() => {
      for (const { host, port = 22 } of parseJumps(text)) {
        assert.ok(
          host !== '' && !host.startsWith('-') && !/\s/.test(host),
          'no option and no blank passes as a host',
        )
        assert.ok(port > 0 && port < 65_536)
      }
    }),
])

const key = Buffer.concat([blobString('ssh-ed25519'), blobString(Buffer.alloc(32, 7))])
const base64 = key.toString('base64')
const files = [
  `# c\nweb1,*.lan,!bad.lan ssh-ed25519 ${base64}\n[web1]:2222 ssh-rsa AAAA\n`,
  `@cert-authority *.ca ssh-ed25519 ${base64}\n@revoked * ssh-ed25519 ${base64}\n`,
  formatKnownHost('web1', key, Buffer.alloc(20, 7)),
]
fuzz('known_hosts files', 14_000, [
  fc.oneof(mutated(files), noise),
  (text) => {
    const lines = linesFor(parseKnownHosts(text, 'kh'), 'web1')
    judgeHostKey(lines, key, { principal: 'web1', nowMs: 0 })
    compareKeys(lines, [key])
    const { text: after, removed } = withoutHost(text, 'web1')
    assert.ok(removed > 0 || after === text, 'a file without the host stays as it is')
    const exact = linesFor(parseKnownHosts(after, 'kh'), 'web1').filter(
      ({ marker, patterns }) =>
        marker === 'none' && (!patterns || patterns.some((one) => one.toLowerCase() === 'web1')),
    )
    assert.equal(exact, [], 'what was forgotten is not found again')
  },
])

const certificate = Buffer.concat([
  ...['ssh-ed25519-cert-v01@openssh.com', 'nonce', 'key'].map((text) => blobString(text)),
  Buffer.from([0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2]),
  blobString('id'),
  blobString(blobString('web1')),
  Buffer.alloc(8),
  Buffer.alloc(8, 255),
  ...['', '', ''].map((text) => blobString(text)),
  blobString(key),
  blobString(Buffer.concat([blobString('ssh-ed25519'), blobString(Buffer.alloc(64))])),
])
fuzz('host certificates', 4000, [
  fc.tuple(fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 5 }), fc.nat(400), fc.boolean()),
  ([changes, cut, isCut]) => {
    const blob = Buffer.from(certificate)
    for (const [at, value] of changes) blob[at % blob.length] = value
    const parsed = parseHostCertificate(isCut ? blob.subarray(0, cut) : blob)
    // Nobody signed it, so that whatever it says it vouches for nobody.
    if (parsed) assert.ok(certificateFault(parsed, 'web1', 1e12) !== undefined)
  },
])

test.run()
