import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Publisher } from '../../src/start/publisher.ts'
import { acls, digestIdOf, loginOf, newKey } from '../../src/zookeeper/identity.ts'
import { MemoryZooKeeper } from '../fakes/memory-store.ts'
import { eventually } from '../support/eventually.ts'

const login = loginOf('operator', 'lab', newKey())
const acl = acls.operatorOnly(digestIdOf(login))
const noFault = (error: Error): void => assert.unreachable(error.message)

test('creates, changes and removes, and lets the newest wish win', async () => {
  const store = new MemoryZooKeeper().connect([login])
  const publisher = new Publisher(store, acl, noFault)
  await publisher.put('/a', 'one')
  await Promise.all(['two', 'three', 'four'].map((data) => publisher.put('/a', data)))
  assert.is((await store.read('/a'))?.data, 'four')
  await publisher.remove('/a')
  assert.is(await store.read('/a'), undefined)
  await publisher.remove('/never')
})

test('makes ephemeral nodes again after an expired session, and only those that are still wanted', async () => {
  const zookeeper = new MemoryZooKeeper()
  const [store, other] = [zookeeper.connect([login]), zookeeper.connect([login])]
  const publisher = new Publisher(store, acl, noFault)
  await publisher.put('/e', 'here', true)
  await publisher.put('/gone', 'x', true)
  await publisher.remove('/gone')
  zookeeper.expire(store)
  await eventually(async () => (await other.read('/e'))?.data === 'here')
  assert.is((await other.read('/e'))?.ephemeral, true)
  assert.is(await other.read('/gone'), undefined)
})

test('changes an ephemeral node of its session in place, and makes it anew in another session', async () => {
  const zookeeper = new MemoryZooKeeper()
  const [store, other] = [zookeeper.connect([login]), zookeeper.connect([login])]
  const publisher = new Publisher(store, acl, noFault)
  await publisher.put('/e', 'one', true)
  const seen: (string | undefined)[] = []
  const stop = new AbortController()
  other.watch('/e', (node) => void seen.push(node?.data), { signal: stop.signal })
  await eventually(() => seen.length === 1)
  await publisher.put('/e', 'two', true)
  await eventually(() => seen.length === 2)
  assert.equal(seen, ['one', 'two'])
  stop.abort()
  zookeeper.expire(store)
  await publisher.put('/e', 'three', true)
  await eventually(async () => (await other.read('/e'))?.data === 'three')
  assert.is((await other.read('/e'))?.ephemeral, true)
  await store.close()
  assert.is(await other.read('/e'), undefined)
})

test('waits for the connection and then writes', async () => {
  const zookeeper = new MemoryZooKeeper()
  const [store, other] = [zookeeper.connect([login]), zookeeper.connect([login])]
  const publisher = new Publisher(store, acl, noFault)
  zookeeper.disconnect(store)
  const written = publisher.put('/late', 'x')
  assert.is(await other.read('/late'), undefined)
  zookeeper.reconnect(store)
  await written
  assert.is((await other.read('/late'))?.data, 'x')
})

test('takes the place of an ephemeral of its own former session', async () => {
  const zookeeper = new MemoryZooKeeper()
  const [before, store] = [zookeeper.connect([login]), zookeeper.connect([login])]
  await before.create('/e', 'old', { acl, ephemeral: true })
  await new Publisher(store, acl, noFault).put('/e', 'new', true)
  await before.close()
  assert.is((await store.read('/e'))?.data, 'new')
})

test('a refusal is told and stops nothing', async () => {
  const faults: string[] = []
  const publisher = new Publisher(new MemoryZooKeeper().connect([]), acl, (error) =>
    faults.push(error.message),
  )
  await publisher.put('/no/parent', 'x')
  assert.equal(faults, ['cannot create /no/parent in ZooKeeper: the node above it does not exist'])
})

test.run()
