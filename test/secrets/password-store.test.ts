import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ConfigError } from '../../src/kernel/errors.ts'
import { loadCredentials } from '../../src/secrets/load-credentials.ts'
import { readPrivateFile, writePrivateFile } from '../../src/secrets/password-store.ts'
import { passwordInit } from '../../src/workflows/password-init.ts'
import { failsWith } from '../support/fails-with.ts'

const folder = mkdtempSync(join(tmpdir(), 'kmesos-passwords-'))
const file = join(folder, 'deep/passwords.yml')
const needed = { passwords: ['a_password'], services: ['web'] }
test.after(() => rmSync(folder, { recursive: true, force: true }))

test('without a file the way out is told', async () => {
  const error = await failsWith(() => loadCredentials(file, needed), ConfigError)
  assert.match(error.hint ?? '', /kmesos password init/)
})

test('check makes nothing, init makes a 0600 file, the second init nothing', async () => {
  const planned = await passwordInit(file, needed, { check: true })
  assert.is(await readPrivateFile(file), undefined)
  assert.equal((await passwordInit(file, needed, { check: false })).made, planned.made)
  assert.is(statSync(file).mode & 0o777, 0o600)
  assert.equal((await passwordInit(file, needed, { check: false })).made, [])
  assert.is((await loadCredentials(file, needed)).passwords.size, 1)
})

test('a file that others can read is refused, with the command that repairs it', async () => {
  chmodSync(file, 0o640)
  const error = await failsWith(() => readPrivateFile(file), ConfigError)
  assert.match(error.message, /mode 0640/)
  assert.is(error.hint, `run: chmod 600 ${file}`)
  await failsWith(() => passwordInit(file, needed, { check: false }), ConfigError)
  chmodSync(file, 0o600)
})

test('a write that fails leaves nothing behind', async () => {
  const taken = join(folder, 'taken')
  mkdirSync(join(taken, 'inside'), { recursive: true })
  await failsWith(() => writePrivateFile(taken, 'x'), Error)
  assert.equal(readdirSync(folder).sort(), ['deep', 'taken'])
})

test.run()
