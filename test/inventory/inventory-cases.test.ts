import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { graphInventory, listInventory } from '../../src/inventory/list-inventory.ts'
import { loadInventory } from '../../src/inventory/load-inventory.ts'

// expected.json and expected.graph are the words of Debian's ansible-inventory: see record-cases.sh.
const cases = join(import.meta.dirname, 'cases')

for (const name of readdirSync(cases).sort()) {
  const folder = join(cases, name)
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8')

  test(`reads ${name} as ansible-inventory does`, async () => {
    const sources = read('sources').trim().split('\n')
    const paths = sources.map((source) => (source.includes(',') ? source : join(folder, source)))
    const inventory = await loadInventory(paths)
    assert.equal(JSON.parse(JSON.stringify(listInventory(inventory))), JSON.parse(read('expected.json')))
    assert.is(graphInventory(inventory), read('expected.graph').trimEnd())
  })
}

test.run()
