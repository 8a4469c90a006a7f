import { inspect } from 'node:util'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { redactor, secret } from '../../src/kernel/secret.ts'

test('a secret prints as three stars in every way of printing', () => {
  const value = secret('hunter22')
  assert.is(`${value}`, '***')
  assert.is('a' + String(value), 'a***')
  assert.is(JSON.stringify({ value }), '{"value":"***"}')
  assert.is(inspect({ value }), '{ value: *** }')
  assert.not.ok(inspect(value, { showHidden: true, depth: 9 }).includes('hunter22'))
})

test('reveal gives the value back', () => {
  assert.is(secret('hunter22').reveal(), 'hunter22')
})

test('the redactor masks plain, base64, URL, JSON and shell forms', () => {
  const value = `it's "a" p/w`
  const mask = redactor([secret(value)])
  const base64 = Buffer.from(value).toString('base64').replace(/=+$/, '')
  for (const form of [
    value,
    base64,
    encodeURIComponent(value),
    JSON.stringify(value),
    value.replaceAll("'", `'\\''`),
  ]) {
    const masked = mask(`before ${form} after`)
    assert.match(masked, /^before .*\*\*\*.* after$/)
    assert.not.ok(masked.includes('p/w') || masked.includes('p%2Fw') || masked.includes(base64), masked)
  }
})

test('a secret inside of a longer secret leaves no rest', () => {
  assert.is(redactor(['word', 'password1'])('x password1 y word'), 'x *** y ***')
})

test('very short secrets do not turn the text into stars', () => {
  assert.is(redactor(['a', ''])('banana'), 'banana')
})

test.run()
