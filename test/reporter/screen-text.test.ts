import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fit, padTo, printable, widthOf } from '../../src/reporter/screen-text.ts'
import { testSeed } from '../support/fuzz-seed.ts'

const cases: readonly (readonly [string, string, string])[] = [
  ['colors are taken out', '\u001b[1;31mred\u001b[0m', 'red'],
  ['cursor movements and clearing are taken out', 'a\u001b[2J\u001b[10;1Hb\u001b[?25l', 'ab'],
  ['a window title is taken out', 'a\u001b]0;owned\u0007b\u001b]2;x\u001b\\c', 'abc'],
  ['a hyperlink leaves its text', '\u001b]8;;http://x\u001b\\text\u001b]8;;\u001b\\', 'text'],
  ['eight-bit control sequences too', 'a\u009b2Jb\u009d0;t\u009cc', 'abc'],
  ['device strings are taken out', 'a\u001bP1$r\u001b\\b\u001b_x\u001b\\', 'ab'],
  ['a reset and a character set are taken out', 'a\u001bcb\u001b(0c', 'abc'],
  ['an escape that nobody ends is shown', 'a\u001b', 'a^['],
  ['an unfinished string cannot hide what follows', 'a\u001b]0;b', 'a^[]0;b'],
  ['bells and backspaces are shown', 'a\u0007\u0008\u007f\u0000', 'a^G^H^?^@'],
  ['a tab is four blanks', 'a\tb', 'a    b'],
  ['a progress bar shows its last state', '10 %\r20 %\r30 %', '30 %'],
  ['lines of Windows end as they do', 'a\r\nb\r\n', 'a\nb\n'],
  ['text cannot be turned around', 'a\u202ecba', 'a\\u202ecba'],
]
for (const [name, text, wanted] of cases) test(name, () => assert.is(printable(text), wanted))

test('plain text in any language stays as it is', () => {
  for (const text of ['', 'a b', 'größer', '漢字', 'Привет', '🚀 ok', 'é']) assert.is(printable(text), text)
})

test('whatever a host sends, nothing remains that a terminal obeys', () => {
  const wild = fc.string({
    unit: fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      fc.constantFrom(
        '\u001b',
        '[',
        ']',
        '\u0007',
        '\r',
        '\n',
        '\u009b',
        '\u009d',
        '\\',
        'P',
        '2J',
        ';',
        '?',
      ),
    ),
  })
  fc.assert(
    fc.property(wild, (text) => {
      assert.not.match(printable(text), /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
    }),
    { numRuns: 3_000, seed: testSeed() },
  )
})

test('columns are counted as a terminal does', () => {
  const widths = ['abc', 'größer', '漢字', 'e\u0301', '🚀', 'a\u200bb', 'ｆｕｌｌ'].map(widthOf)
  assert.equal(widths, [3, 6, 4, 1, 2, 2, 8])
})

test('a text that is too wide is cut, never in the middle of a letter, never wider than asked', () => {
  assert.is(fit('abcdef', 6), 'abcdef')
  assert.is(fit('abcdefg', 6), 'abcde…')
  assert.is(fit('漢字漢字', 5), '漢字…')
  assert.is(fit('漢字漢字', 4), '漢…')
  assert.is(fit('abc', 0), '')
  assert.is(padTo('漢', 4), '漢  ')
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(20), (text, columns) => {
      assert.ok(widthOf(fit(text, columns)) <= columns)
    }),
    { seed: testSeed() },
  )
})

test.run()
