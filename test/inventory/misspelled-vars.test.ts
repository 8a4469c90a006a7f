import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { misspelledVars } from '../../src/inventory/misspelled-vars.ts'
import type { Inventory, Vars } from '../../src/inventory/types.ts'

const known = new Set(['image_source', 'zookeeper_client_port', 'engine', 'address'])

function inventoryOf(all: Vars, h1: Vars = {}): Inventory {
  const group = { name: 'all', hosts: ['h1'], children: [], vars: all }
  const host = { name: 'h1', groups: ['all'], vars: { ...all, ...h1 }, ownVars: h1 }
  return { groups: new Map([['all', group]]), hosts: new Map([['h1', host]]), sources: ['hosts'] }
}

const seen = (all: Vars, h1?: Vars, extra: Vars = {}): readonly string[] =>
  misspelledVars(inventoryOf(all, h1), extra, known).map(
    ({ name, near, of }) => `${of ?? '-e'}: ${name} for ${near}`,
  )

test('one slip is seen in groups, hosts and -e, each name once', () => {
  assert.equal(seen({ image_sorce: 1 }, { image_sorce: 2, enigne: 3 }, { adress: 1 }), [
    'all: image_sorce for image_source',
    'h1: enigne for engine',
    '-e: adress for address',
  ])
})

test('two slips are seen in a long name only', () => {
  assert.equal(seen({ zokeeper_client_prot: 1, imag_sorce: 1 }), [
    'all: zokeeper_client_prot for zookeeper_client_port',
  ])
})

test("what is somebody's own is left alone", () => {
  assert.equal(seen({ my_port: 1, source: 2, eng: 3, image: 4, addresses_of_mine: 5 }), [])
  assert.equal(seen({ image_sources: 1, image_source: 2 }), [], 'both are set')
  assert.equal(seen({ kmesos_engin: 1, ansible_hots: 2 }), [], 'checked where connections are')
})

test.run()
