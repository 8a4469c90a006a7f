import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  fingerprintOf,
  formatKnownHost,
  judgeHostKey,
  knownHostName,
  linesFor,
  parseKnownHosts,
  preferredHostKeys,
} from '../../src/connection/known-hosts.ts'

function blob(type: string, body: string): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(type.length)
  return Buffer.concat([length, Buffer.from(type), Buffer.from(body)])
}
const key = blob('ssh-ed25519', 'one')
const use = { principal: 'web1', nowMs: 0 }
const other = blob('ssh-ed25519', 'two')
const text = `# comment\nweb1,*.lan,!bad.lan ssh-ed25519 ${key.toString('base64')}\n[web1]:2222 ssh-rsa AAAA\n@cert-authority *.ca ssh-ed25519 ${key.toString('base64')}\nbroken\n`
const lines = parseKnownHosts(text, 'kh')

test('names with a port of their own stand in brackets', () => {
  assert.equal([knownHostName('Web1', 22), knownHostName('web1', 2222)], ['web1', '[web1]:2222'])
})

test('patterns, negation and ports choose lines', () => {
  const where = (name: string): string =>
    linesFor(lines, name)
      .map((line) => line.where)
      .join()
  assert.equal(['web1', 'a.lan', 'bad.lan', '[web1]:2222', 'web2'].map(where), [
    'kh:2',
    'kh:2',
    '',
    'kh:3',
    '',
  ])
})

test('judges known, unknown, changed', () => {
  assert.equal(judgeHostKey(linesFor(lines, 'web1'), key, use), { kind: 'known' })
  assert.equal(judgeHostKey(linesFor(lines, 'web2'), key, use), { kind: 'unknown' })
  assert.equal(judgeHostKey(linesFor(lines, 'web1'), other, use), {
    kind: 'mismatch',
    where: 'kh:2',
    known: `ssh-ed25519 ${fingerprintOf(key)}`,
  })
  assert.equal(
    judgeHostKey(linesFor(lines, 'x.ca'), key, use),
    { kind: 'unknown' },
    'a certificate authority is no host key',
  )
})

test('a hashed line is found again', () => {
  const hashed = parseKnownHosts(formatKnownHost('web9', key, Buffer.alloc(20, 7)), 'kh')
  assert.is(linesFor(hashed, 'web9').length, 1)
  assert.is(linesFor(hashed, 'web8').length, 0)
})

test('known types are asked for first', () => {
  assert.equal(preferredHostKeys(linesFor(lines, '[web1]:2222'), ['ssh-ed25519', 'rsa-sha2-512']), [
    'rsa-sha2-512',
    'ssh-ed25519',
  ])
})

test.run()
