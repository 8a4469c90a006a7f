import { inspect } from 'node:util'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { redactor, secret } from '../../src/kernel/secret.ts'
import { testSeed } from '../support/fuzz-seed.ts'

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

test('a secret is masked wherever it stands in base64, and in hexadecimal, JSON and URL forms of any text around it', () => {
  const word = fc.string({ unit: 'grapheme', minLength: 8, maxLength: 40 })
  fc.assert(
    fc.property(word, fc.string({ maxLength: 9 }), fc.string({ maxLength: 9 }), (value, before, after) => {
      const mask = redactor([secret(value)])
      const text = `${before}${value}${after}`
      for (const encode of [
        (plain: string) => Buffer.from(plain).toString('base64'),
        (plain: string) => Buffer.from(plain).toString('base64url'),
        (plain: string) => Buffer.from(plain).toString('hex'),
        (plain: string) => encodeURIComponent(plain),
        (plain: string) => JSON.stringify(plain),
      ])
        assert.ok(mask(encode(text)).includes('***'), encode(text))
    }),
    { numRuns: 500, seed: testSeed() },
  )
})

test('without secrets nothing is searched for, and equal texts are masked alike', () => {
  assert.is(redactor([])('text'), 'text')
  const mask = redactor(['hunter22'])
  assert.equal([mask('a hunter22'), mask('a hunter22'), mask('b')], ['a ***', 'a ***', 'b'])
})

test.run()
