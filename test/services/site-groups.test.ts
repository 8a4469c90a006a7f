import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { loadInventory } from '../../src/inventory/load-inventory.ts'
import { buildSite } from '../../src/services/site.ts'

test('a group has the hosts of the groups below it', async () => {
  const inventory = await loadInventory(['inventory/multinode'])
  const { site, problems } = buildSite({
    inventory,
    deployment: 'main',
    sources: { roles: [], partials: {} },
    extraVars: {},
  })
  assert.equal(problems, [])
  assert.equal(site.groups['controller'], ['control1', 'control2', 'control3'])
  assert.equal([...(site.groups['mesos-slave'] ?? [])].sort(), [...inventory.hosts.keys()].sort())
  assert.is(site.zookeeper, '192.0.2.11:2181,192.0.2.12:2181,192.0.2.13:2181')
})

test.run()
