import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { marathonUrls } from '../../src/bootstrap/marathon-urls.ts'
import { wantedPorts } from '../../src/bootstrap/wanted-ports.ts'
import { loadInventory } from '../../src/inventory/load-inventory.ts'

async function portsOf(
  source: string,
  vars: Readonly<Record<string, unknown>> = {},
): Promise<readonly string[]> {
  const inventory = await loadInventory([source], { extraVars: vars })
  return wantedPorts(inventory, [...inventory.hosts.values()]).map(
    ({ host, port, container }) => `${host} ${port} ${container}`,
  )
}

test('one machine: ZooKeeper and the embedded engine', async () => {
  assert.equal(await portsOf('inventory/all-in-one'), ['aio 2181 zookeeper', 'aio 8080 kmesos_engine'])
})

test('the real Mesos: each host the ports of its groups', async () => {
  const ports = await portsOf('inventory/multinode')
  const of = (host: string): readonly string[] => ports.filter((port) => port.startsWith(`${host} `))
  assert.equal(of('control1').length, 4)
  assert.equal(of('compute1'), ['compute1 5051 mesos_slave'])
})

test('ports are those that the inventory sets', async () => {
  const ports = await portsOf('inventory/all-in-one', {
    zookeeper_client_port: 12181,
    marathon_port: '18080',
  })
  assert.equal(ports, ['aio 12181 zookeeper', 'aio 18080 kmesos_engine'])
})

test("Marathon's URLs are those of its group", () => {
  const hosts = { c1: { address: '10.0.0.1', groups: [] }, c2: { address: '10.0.0.2', groups: [] } }
  const site = { groups: { marathon: ['c1', 'c2'] }, hosts, variables: { marathon_port: 8081 } }
  assert.equal(marathonUrls(site), ['http://10.0.0.1:8081', 'http://10.0.0.2:8081'])
})

test.run()
