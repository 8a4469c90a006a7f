import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { secret } from '../../src/kernel/secret.ts'
import { changeKeysScript, listKeysScript, wantedKeyLine } from '../../src/secrets/service-keys.ts'

const base = mkdtempSync(join(tmpdir(), 'kmesos-keys-'))
const folder = join(base, 'etc/keys')
test.after(() => rmSync(base, { recursive: true, force: true }))

const sh = (script: string): string => {
  const { status, stdout, stderr } = spawnSync('sh', ['-s'], { input: script, encoding: 'utf8' })
  assert.is(status, 0, stderr)
  return stdout
}
const listed = (nonce = 'n'): readonly string[] =>
  sh(listKeysScript(folder, nonce)).split('\n').filter(Boolean)
const key = secret('{"key":"it\'s"}\n'.replace("'", ''))

test('an absent folder lists nothing; what was put is listed as wanted, 0600 in a 0700 folder', () => {
  assert.equal(listed(), [])
  sh(changeKeysScript({ folder, put: new Map([['web', key]]), remove: [] }).reveal())
  assert.equal(listed(), [wantedKeyLine('web', key, 'n')])
  assert.is(readFileSync(join(folder, 'web'), 'utf8'), key.reveal())
  assert.is(statSync(join(folder, 'web')).mode & 0o777, 0o600)
  assert.is(statSync(folder).mode & 0o777, 0o700)
})

test('another content, mode or nonce is another line, and no line holds the key', () => {
  assert.not.equal(listed(), [wantedKeyLine('web', secret('other'), 'n')])
  assert.not.equal(listed('m'), listed('n'))
  chmodSync(join(folder, 'web'), 0o644)
  assert.not.equal(listed(), [wantedKeyLine('web', key, 'n')])
})

test('a folder that Docker has made in the key’s place is replaced, old keys are removed', () => {
  rmSync(join(folder, 'web'))
  mkdirSync(join(folder, 'web'))
  writeFileSync(join(folder, 'old'), 'x')
  sh(changeKeysScript({ folder, put: new Map([['web', key]]), remove: ['old'] }).reveal())
  assert.equal(listed(), [wantedKeyLine('web', key, 'n')])
})

test('the program is a secret: it does not print', () => {
  assert.is(`${changeKeysScript({ folder, put: new Map([['web', key]]), remove: [] })}`, '***')
})

test.run()
