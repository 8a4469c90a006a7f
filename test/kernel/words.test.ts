import { execFileSync } from 'node:child_process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { canonicalJson, digestOf } from '../../src/kernel/digest.ts'
import { nearest, unknownWord } from '../../src/kernel/nearest.ts'
import { quoteArgv, quoteForLoginShell } from '../../src/kernel/shell.ts'

test('the nearest known word is found across case, a missing and a swapped letter', () => {
  const known = ['requires', 'retries', 'command', 'dest']
  assert.is(nearest('require', known), 'requires')
  assert.is(nearest('comamnd', known), 'command')
  assert.is(nearest('Dest', known), 'dest')
})

test('nothing is suggested when nothing is near', () => {
  assert.is(nearest('volumes', ['image', 'cpus']), undefined)
  assert.is(unknownWord('key', 'volumes', ['image', 'cpus']), 'unknown key "volumes"; known are cpus, image')
  assert.is(unknownWord('key', 'imgae', ['image', 'cpus']), 'unknown key "imgae"; did you mean "image"?')
})

test('a real shell reads quoted words back as they were', () => {
  const words = ['plain', 'two words', "it's", '$HOME `id` "x"', '', 'new\nline', '*', '~', '-n', 'ü€', '\\']
  const printed = execFileSync('/bin/sh', [
    '-c',
    `for word in ${quoteArgv(words)}; do printf '%s\\0' "$word"; done`,
  ])
  assert.equal(printed.toString('utf8').split('\0').slice(0, -1), words)
})

test('what is told to a login shell holds nothing that csh or fish read otherwise, and means the same', () => {
  const words = ["it's", 'a!b', 'back\\', 'new\nline\n', 'ü€', '%s \\n $x `y`', '=ls', '', '\t']
  const text = quoteForLoginShell(['printf', '%s\\0', ...words])
  const [, encoded] = /^exec sh -c '[^'!\\]*' '([ -~]*)'$/.exec(text) ?? []
  assert.not.match(String(encoded), /['!]|\\[^0]/)
  assert.equal(execFileSync('/bin/sh', ['-c', text]).toString('utf8').split('\0').slice(0, -1), words)
  assert.is(quoteForLoginShell(['ls', 'a b']), "ls 'a b'")
  assert.is(quoteForLoginShell(['echo', '=ls']), "echo '=ls'")
})

test('equal values have equal canonical JSON whatever the order of their members', () => {
  assert.is(canonicalJson({ b: [{ y: 1, x: undefined }], a: null }), '{"a":null,"b":[{"y":1}]}')
  assert.is(digestOf({ a: 1, b: { c: 2, d: 3 } }), digestOf({ b: { d: 3, c: 2 }, a: 1 }))
  assert.is.not(digestOf([1, 2]), digestOf([2, 1]))
})

test.run()
