import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { expandHostPattern } from '../../src/inventory/host-range.ts'
import { abbreviateHosts } from '../../src/reporter/abbreviate-hosts.ts'
import { testSeed } from '../support/fuzz-seed.ts'

const numbered = (from: number, to: number, name: (number: number) => string): readonly string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => name(from + index))
const padded = (number: number): string => `c${String(number).padStart(3, '0')}`

const cases: readonly (readonly [string, readonly string[], string])[] = [
  ['nobody', [], ''],
  ['one', ['db1'], 'db1'],
  ['two are named', ['c001', 'c002'], 'c001, c002'],
  ['padded names are a range', numbered(1, 298, padded), 'c[001:298]'],
  ['names that grow longer are a range', numbered(1, 300, (number) => `h${number}`), 'h[1:300]'],
  ['gaps part ranges', ['c9', 'c1', 'c3', 'c2', 'c8', 'c7', 'c5'], 'c[1:3], c5, c[7:9]'],
  [
    'domains stand behind the number',
    numbered(1, 3, (number) => `c${number}.dc2.example.com`),
    'c[1:3].dc2.example.com',
  ],
  [
    'addresses count by their last number',
    numbered(11, 30, (number) => `127.0.0.${number}`),
    '127.0.0.[11:30]',
  ],
  ['h1 is not h01', ['h1', 'h01', 'h02', 'h03'], 'h1, h[01:03]'],
  ['names without a number stay', ['alpha', 'beta'], 'alpha, beta'],
]
for (const [name, hosts, text] of cases) test(name, () => assert.is(abbreviateHosts(hosts), text))

test('more parts than wanted are counted by their hosts', () => {
  assert.is(abbreviateHosts(['a1', 'a2', 'a3', 'b', 'c', 'd', 'e'], 3), 'a[1:3], b and 3 more')
})

test('the short form means exactly these hosts, in the words of an inventory', () => {
  const name = fc
    .tuple(
      fc.constantFrom('c', 'node-', 'h', '10.0.0.', ''),
      fc.nat(130),
      fc.boolean(),
      fc.constantFrom('', '.example.com', '-x'),
    )
    .map(
      ([prefix, number, pad, suffix]) =>
        `${prefix}${pad ? String(number).padStart(3, '0') : number}${suffix}`,
    )
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 60 }), (hosts) => {
      const parts = abbreviateHosts(hosts).split(', ').filter(Boolean)
      const names = parts.flatMap((part) => {
        const expanded = expandHostPattern(part)
        return 'names' in expanded ? expanded.names : [expanded.fault]
      })
      assert.equal([...names].sort(), [...hosts].sort())
    }),
    { numRuns: 500, seed: testSeed() },
  )
})

test.run()
