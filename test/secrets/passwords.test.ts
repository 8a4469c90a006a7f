import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  allSecrets,
  completePasswords,
  fingerprintOf,
  newPassword,
  parsePasswords,
} from '../../src/secrets/passwords.ts'

const needed = { passwords: ['a_password', 'b_password'], services: ['web'] }
const file = 'passwords.yml'

test('a new file has everything that is needed, and parses', () => {
  const { text, made } = completePasswords('', needed, file)
  assert.equal(made, [
    'passwords/a_password',
    'passwords/b_password',
    'keys/operator',
    'keys/reader',
    'keys/services/web',
  ])
  const { credentials, problems } = parsePasswords(text, needed, file)
  assert.equal(problems, [])
  assert.equal([...credentials.passwords.keys()], ['a_password', 'b_password'])
  assert.match(text, /^# Passwords and keys/)
})

test('values and comments that are there stay; only what is missing is made', () => {
  const before = completePasswords('', { passwords: ['a_password'], services: [] }, file).text.replace(
    /a_password: .*/,
    'a_password: "mine" # from the vault',
  )
  const { text, made } = completePasswords(before, needed, file)
  assert.equal(made, ['passwords/b_password', 'keys/services/web'])
  assert.match(text, /a_password: "mine" # from the vault/)
  assert.equal(completePasswords(text, needed, file), { text, made: [], problems: [] })
})

test('a member that is written but empty is filled', () => {
  assert.equal(completePasswords('passwords:\nkeys:\n', needed, file).made.length, 5)
})

test('faults name the place and never a value', () => {
  const bad =
    'passwords:\n  a_password: 12345\nkeys:\n  operator: short-secret\n  reader: [x]\n  services: none\n'
  const { problems } = parsePasswords(bad, needed, file)
  const text = problems.map((problem) => `${problem.where}: ${problem.message}`)
  assert.equal(text, [
    'passwords.yml: passwords/a_password must be a quoted text',
    'passwords.yml: keys/services must be a map',
    'passwords.yml: keys/operator must be 32 bytes in base64',
    'passwords.yml: keys/reader must be 32 bytes in base64',
    'passwords.yml: is missing: passwords/a_password',
    'passwords.yml: is missing: passwords/b_password',
    'passwords.yml: is missing: keys/services/web',
  ])
  assert.equal(completePasswords(bad, needed, file).made, [])
})

test('broken YAML is told without quoting its line', () => {
  const { problems } = parsePasswords('passwords: { a: s3cret\n', needed, file)
  assert.match(problems[0]?.where ?? '', /^passwords.yml:\d/)
  assert.not.match(JSON.stringify(problems), /s3cret/)
})

test('passwords are 32 letters and digits, and no two are the same', () => {
  const many = Array.from({ length: 50 }, newPassword)
  assert.ok(many.every((password) => /^[A-Za-z0-9]{32}$/.test(password)))
  assert.is(new Set(many).size, 50)
})

test('a fingerprint changes with the value, the name and the key, and holds none of them', () => {
  const credentials = parsePasswords(completePasswords('', needed, file).text, needed, file).credentials
  const other = parsePasswords(completePasswords('', needed, file).text, needed, file).credentials
  const print = fingerprintOf('a_password', credentials)
  assert.is(print, fingerprintOf('a_password', credentials))
  assert.is.not(print, fingerprintOf('b_password', credentials))
  assert.is.not(print, fingerprintOf('a_password', { ...other, passwords: credentials.passwords }))
  assert.ok(allSecrets(credentials).every((each) => !print.includes(each.reveal())))
})

test.run()
