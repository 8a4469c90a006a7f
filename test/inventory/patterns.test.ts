import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { loadInventory } from '../../src/inventory/load-inventory.ts'
import { limitHosts, selectHosts } from '../../src/inventory/patterns.ts'
import { vaultOpener } from '../../src/vault/opener.ts'
import { parseExtraVars } from '../../src/inventory/extra-vars.ts'
import { parseIni } from '../../src/inventory/parse-ini.ts'
import { newDraft } from '../../src/inventory/inventory-draft.ts'
import { finishInventory } from '../../src/inventory/finish-inventory.ts'

const draft = newDraft()
parseIni('lone\n[web]\nw[1:4]\n[db]\nd1\nw1\n[prod:children]\nweb\n', 'hosts', draft)
const inventory = finishInventory(draft, {
  sources: ['hosts'],
  inventoryVars: [],
  playbookVars: [],
  extraVars: {},
})

function select(pattern: string): string {
  const found = selectHosts(inventory, pattern)
  return 'hosts' in found
    ? found.hosts.map((host) => host.name).join(' ')
    : found.problems.map((problem) => problem.message).join('; ')
}

// Checked with `ansible --list-hosts` on the same inventory.
const table: readonly (readonly [string, string])[] = [
  ['all', 'lone d1 w1 w2 w3 w4'],
  ['*', 'lone d1 w1 w2 w3 w4'],
  ['web', 'w1 w2 w3 w4'],
  ['prod', 'w1 w2 w3 w4'],
  ['web:&db', 'w1'],
  ['web:!w3', 'w1 w2 w4'],
  ['!web', 'lone d1'],
  ['d1,w2', 'd1 w2'],
  ['w?', 'w1 w2 w3 w4'],
  ['~w[12]$', 'w1 w2'],
  ['web[0]', 'w1'],
  ['web[-1]', 'w4'],
  ['web[1:2]', 'w2 w3'],
  ['web[2:]', 'w3 w4'],
  ['web[1:2]:db', 'w2 w3 d1 w1'],
  ['localhost', 'localhost'],
]

for (const [pattern, expected] of table) {
  test(`${pattern} selects ${expected}`, () => assert.is(select(pattern), expected))
}

test('names that match nothing are told with the nearest', () => {
  assert.is(select('wbe'), 'unknown host or group "wbe"; did you mean "web"?')
  assert.is(select('x*'), '"x*" matches no host and no group')
  assert.is(select('~('), '"(" is not a regular expression')
  assert.is(select('web[9]'), '"web[9]": there are only 4 hosts')
})

test('a limit narrows and keeps the order', () => {
  const found = selectHosts(inventory, 'all')
  const limited = 'hosts' in found ? limitHosts(inventory, found.hosts, ['db', '!d1']) : found
  assert.equal('hosts' in limited && limited.hosts.map((host) => host.name), ['w1'])
})

test('extra variables are words or YAML', () => {
  assert.equal(parseExtraVars(`a=1 b='x y'`, vaultOpener([])), { vars: { a: '1', b: 'x y' } })
  assert.equal(parseExtraVars('{"a": [1], "b": true}', vaultOpener([])), { vars: { a: [1], b: true } })
  assert.match(JSON.stringify(parseExtraVars('nonsense', vaultOpener([]))), /expected key=value/)
})

test('a list of hosts is an inventory', async () => {
  const list = await loadInventory(['a,b:2222,'])
  assert.equal([...list.hosts.keys()], ['a', 'b'])
})

test.run()
