import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { acls, digestIdOf, loginOf, newKey } from '../../src/zookeeper/identity.ts'
import type { SessionState } from '../../src/zookeeper/types.ts'
import { connectStore } from '../../src/zookeeper/zookeeper-store.ts'
import { eventually } from '../support/eventually.ts'
import { startEnsemble } from '../support/zookeeper-ensemble.ts'

// Long enough for an election, if the frozen server is the leader.
const sessionTimeoutMs = 6_000
const ensemble = await startEnsemble()
test.after(() => ensemble.close())

test('a session moves from a frozen server to another one of the ensemble and keeps its ephemerals', async () => {
  const login = loginOf('operator', 'lab', newKey())
  const acl = acls.operatorOnly(digestIdOf(login))
  const common = { logins: [login], requestTimeoutMs: 10_000 }
  const watcher = await connectStore({
    ...common,
    servers: ensemble.servers[2] ?? '',
    sessionTimeoutMs,
  })
  const store = await connectStore({
    ...common,
    servers: ensemble.servers.slice(0, 2).join(','),
    sessionTimeoutMs,
  })
  const states: SessionState[] = []
  store.onState((state) => states.push(state), new AbortController().signal)
  const before = store.sessionId
  await store.create('/moves', 'x', { acl, ephemeral: true })
  // The high byte of a session id is the number of the server that made it.
  const server = Number.parseInt(before.slice(0, 2), 16) - 1
  const frozenAt = Date.now()
  ensemble.freeze(server)
  try {
    await eventually(() => states.includes('disconnected'), sessionTimeoutMs)
    await eventually(() => store.state === 'connected', sessionTimeoutMs)
    assert.ok(Date.now() - frozenAt < sessionTimeoutMs + 500, `moved after ${Date.now() - frozenAt} ms`)
    assert.is(store.sessionId, before)
    assert.not.ok(states.includes('expired'))
    assert.is((await store.read('/moves'))?.data, 'x')
  } finally {
    ensemble.thaw(server)
  }
  await store.close()
  await eventually(async () => (await watcher.read('/moves')) === undefined)
  await watcher.close()
})

test.run()
