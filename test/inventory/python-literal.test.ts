import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readIniValue } from '../../src/inventory/python-literal.ts'

// Left: as in an INI file; right: as Python 3.11's ast.literal_eval, or the text where that refuses.
const table: readonly (readonly [string, unknown])[] = [
  ['5', 5],
  ['-5', -5],
  ['0644', '0644'],
  ['1_000', 1000],
  ['1__0', '1__0'],
  ['0x1F', 31],
  ['1.5e3', 1500],
  ['1.2.3', '1.2.3'],
  ['.', '.'],
  ['-', '-'],
  ['True', true],
  ['Truely', 'Truely'],
  ['None', null],
  ['true', 'true'],
  [`'a' "b"`, 'ab'],
  [`'a\\nb'`, 'a\nb'],
  [`r'a\\nb'`, 'a\\nb'],
  [`'open`, `'open`],
  ['[1, [2, (3, 4)], {}]', [1, [2, [3, 4]], {}]],
  ['[1, 2', '[1, 2'],
  ['[1 2]', '[1 2]'],
  [`{'a': 1, 2: 'b'}`, { a: 1, 2: 'b' }],
  ['{1, 1}', [1]],
  [`('x')`, 'x'],
  [`('x',)`, ['x']],
  ['1, 2', [1, 2]],
  ['5 # five', 5],
  ['', ''],
  ['[', '['],
  ['('.repeat(200), '('.repeat(200)],
  [`''`, ''],
  ['1 + 1', '1 + 1'],
]

for (const [text, value] of table)
  test(`${text.slice(0, 30)} is ${JSON.stringify(value).slice(0, 30)}`, () =>
    assert.equal(readIniValue(text), value))

test.run()
