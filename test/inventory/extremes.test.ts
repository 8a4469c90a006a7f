import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { newDraft } from '../../src/inventory/inventory-draft.ts'
import { parseSource } from '../../src/inventory/parse-source.ts'
import { ConfigError } from '../../src/kernel/errors.ts'
import { readAndList } from './support/read-and-list.ts'

const test = suite('inventories of odd sizes and depths')

/** Sizes and depths that have brought parsers down. */
const extremes: Readonly<Record<string, string>> = {
  'a line of 1 MB': `h1 x=${'a'.repeat(1_000_000)}\n`,
  'a name of 1 MB': `${'a.'.repeat(500_000)}\n`,
  'a name of 1 MB of brackets': `${'['.repeat(1_000_000)}\n`,
  'a list of 1 MB': `[g]\nh\n[g:vars]\nx=[${'1,'.repeat(500_000)}1]\n`,
  '100,000 open brackets': `[g]\nh\n[g:vars]\nx=${'['.repeat(100_000)}\n`,
  '1 MB of quotes': `h x=${`"'`.repeat(500_000)}\n`,
  '1 MB of signs': `[g]\nh\n[g:vars]\nx=${'-'.repeat(1_000_000)}\n`,
  '1 MB of digits': `[g]\nh\n[g:vars]\nx=${'1'.repeat(1_000_000)}\n`,
  '1 MB of blanks': `h${' '.repeat(1_000_000)}x\n`,
  '50,000 levels of YAML': `a: ${'['.repeat(50_000)}`,
  '50,000 levels of JSON': `{"all": ${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
  '2,000 levels of YAML': `a: ${'['.repeat(2_000)}${']'.repeat(2_000)}`,
  '5,000 levels in one line': `${'- '.repeat(5_000)}x`,
  '5,000 odd keys in one line': `${'? '.repeat(5_000)}x`,
  'YAML in steps': Array.from({ length: 2_000 }, (_, index) => `${' '.repeat(index)}a:`).join('\n'),
  'a million aliases of aliases': `all:\n  vars:\n    a0: &a0 [x, x, x, x, x, x, x, x, x]\n${Array.from({ length: 12 }, (_, index) => `    a${index + 1}: &a${index + 1} [${Array.from({ length: 9 }, () => `*a${index}`).join(', ')}]`).join('\n')}\n`,
}

for (const [name, text] of Object.entries(extremes)) {
  test(`${name} ends in a value or a problem`, () => {
    for (const file of ['hosts', 'hosts.yml']) {
      try {
        readAndList(text, file)
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error
      }
    }
  })
}

test('aliases that stand for too much are told with their place', () => {
  const draft = newDraft()
  parseSource(extremes['a million aliases of aliases'] ?? '', 'hosts.yml', { draft })
  assert.match(draft.problems[0]?.message ?? '', /its aliases stand for more than 1000000 values/)
})

test.run()
