import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ConnectionLostError } from '../../src/zookeeper/errors.ts'
import { acls, digestIdOf } from '../../src/zookeeper/identity.ts'
import { connectStore } from '../../src/zookeeper/zookeeper-store.ts'
import { startZooKeeper } from '../support/zookeeper-server.ts'

const inFlight = 150

test('writes that are under way when the server dies are told as lost, and reads are answered when it is back', async () => {
  const server = await startZooKeeper()
  const login = { user: 'operator', password: 'p' }
  const logins = [login]
  const { servers } = server
  const store = await connectStore({ servers, logins, sessionTimeoutMs: 4_000, requestTimeoutMs: 20_000 })
  try {
    await store.create('/loss', '', { acl: acls.operatorOnly(digestIdOf(login)) })
    server.freeze()
    const numbers = Array.from({ length: inFlight }, (_, number) => number)
    const writes = Promise.allSettled(numbers.map((number) => store.set('/loss', String(number))))
    const read = store.read('/loss')
    await server.stop()
    const outcomes = await writes
    await server.start()
    for (const outcome of outcomes) {
      assert.is(outcome.status, 'rejected')
      assert.instance((outcome as PromiseRejectedResult).reason, ConnectionLostError)
    }
    assert.ok((await read) !== undefined)
  } finally {
    await store.close()
    await server.close()
  }
})

test.run()
