import { suite, test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  BadVersionError,
  ConnectionLostError,
  NoAuthError,
  NodeExistsError,
  NoNodeError,
  NoParentError,
  NotEmptyError,
  TooLargeError,
} from '../../src/zookeeper/errors.ts'
import { acls, digestIdOf, loginOf, newKey } from '../../src/zookeeper/identity.ts'
import type { ConfigStore, DigestLogin, SessionState } from '../../src/zookeeper/types.ts'
import { connectStore } from '../../src/zookeeper/zookeeper-store.ts'
import { UnreachableError } from '../../src/kernel/errors.ts'
import { MemoryZooKeeper } from '../fakes/memory-store.ts'
import { failsWith } from '../support/fails-with.ts'
import { eventually } from '../support/eventually.ts'
import { rejects } from '../support/rejects.ts'
import { freePort, haveZooKeeper, startZooKeeper } from '../support/zookeeper-server.ts'

const operatorLogin = loginOf('operator', 'lab', newKey())
const readerLogin = loginOf('reader', 'lab', newKey())
const serviceLogin = loginOf({ service: 'keystone' }, 'lab', newKey())
const own = acls.operatorOnly(digestIdOf(operatorLogin))
const never = new AbortController().signal

/** One suite for the fake and the real ZooKeeper: what kmesos relies on. */
function contract(name: string, connect: (logins: readonly DigestLogin[]) => Promise<ConfigStore>): void {
  const check = suite(`config store (${name})`)
  let store: ConfigStore
  let folders = 0
  const freshFolder = async (): Promise<string> => store.create(`/c${++folders}`, '', { acl: own })

  check.before(async () => {
    store = await connect([operatorLogin])
  })
  check.after(() => store.close())

  check('reads back what was created, and undefined for what is not there', async () => {
    const folder = await freshFolder()
    await store.create(`${folder}/a`, 'grüß', { acl: own })
    const node = await store.read(`${folder}/a`)
    assert.is(node?.data, 'grüß')
    assert.is(node?.version, 0)
    assert.is(node?.ephemeral, false)
    assert.ok(Math.abs((node?.createdAt ?? 0) - Date.now()) < 60_000)
    assert.is(await store.read(`${folder}/b`), undefined)
    assert.is(await store.children(`${folder}/b`), undefined)
    assert.equal(await store.children(folder), ['a'])
  })

  check('names the path and the reason when a creation fails', async () => {
    const folder = await freshFolder()
    const twice = await failsWith(() => store.create(folder, '', { acl: own }), NodeExistsError)
    assert.is(twice.message, `${folder} exists already in ZooKeeper`)
    await failsWith(() => store.create(`${folder}/x/y`, '', { acl: own }), NoParentError)
  })

  check('sets by version and refuses an old one', async () => {
    const folder = await freshFolder()
    await store.set(folder, 'one', 0)
    await failsWith(() => store.set(folder, 'two', 0), BadVersionError)
    await store.set(folder, 'three')
    assert.is((await store.read(folder))?.version, 2)
    await failsWith(() => store.set(`${folder}/none`, ''), NoNodeError)
  })

  check('removes by version, silently when absent, and never with children', async () => {
    const folder = await freshFolder()
    await store.create(`${folder}/a`, '', { acl: own })
    await failsWith(() => store.remove(folder), NotEmptyError)
    await failsWith(() => store.remove(`${folder}/a`, 7), BadVersionError)
    await store.remove(`${folder}/a`, 0)
    await store.remove(`${folder}/a`)
    assert.equal(await store.children(folder), [])
  })

  check('numbers sequential nodes', async () => {
    const folder = await freshFolder()
    const options = { acl: own, sequential: true }
    const first = await store.create(`${folder}/n-`, '', options)
    const second = await store.create(`${folder}/n-`, '', options)
    assert.is(first, `${folder}/n-0000000000`)
    assert.is(second, `${folder}/n-0000000001`)
  })

  check('applies a transaction as a whole or not at all, and names the change that failed', async () => {
    const folder = await freshFolder()
    await store.multi([
      { kind: 'create', path: `${folder}/a`, data: '1', acl: own },
      { kind: 'create', path: `${folder}/a/b`, data: '2', acl: own },
      { kind: 'set', path: `${folder}/a`, data: '3', version: 0 },
    ])
    assert.is((await store.read(`${folder}/a`))?.data, '3')
    const failed = await failsWith(
      () =>
        store.multi([
          { kind: 'set', path: folder, data: 'changed' },
          { kind: 'set', path: `${folder}/a`, data: 'x', version: 0 },
          { kind: 'delete', path: `${folder}/a/b` },
        ]),
      BadVersionError,
    )
    assert.match(failed.message, `${folder}/a was changed`)
    assert.is((await store.read(folder))?.data, '')
    await failsWith(() => store.multi([{ kind: 'check', path: `${folder}/a`, version: 0 }]), BadVersionError)
    await store.multi([{ kind: 'check', path: `${folder}/a`, version: 1 }])
  })

  check('refuses a node that is too large before sending it, with path and size', async () => {
    const folder = await freshFolder()
    const error = await failsWith(() => store.set(folder, 'x'.repeat(900_001)), TooLargeError)
    assert.match(error.message, `${folder} would hold 900001 bytes`)
    await store.set(folder, 'y'.repeat(900_000))
    assert.is((await store.read(folder))?.data.length, 900_000)
  })

  check('takes a thousand requests at once', async () => {
    const folder = await freshFolder()
    const names = Array.from({ length: 1000 }, (_, index) => `n${index}`)
    await Promise.all(names.map((child) => store.create(`${folder}/${child}`, child, { acl: own })))
    const nodes = await Promise.all(names.map((child) => store.read(`${folder}/${child}`)))
    assert.equal(
      nodes.map((node) => node?.data),
      names,
    )
  })

  check('keeps the reader from secrets and lets the service read its own', async () => {
    const folder = await freshFolder()
    await store.setAcl(folder, acls.readable(digestIdOf(operatorLogin), digestIdOf(readerLogin)))
    const acl = acls.secretOf(digestIdOf(operatorLogin), digestIdOf(serviceLogin))
    await store.create(`${folder}/secret`, 'sealed', { acl })
    assert.equal(await store.getAcl(`${folder}/secret`), acl)
    const reader = await connect([readerLogin])
    const service = await connect([readerLogin, serviceLogin])
    assert.equal(await reader.children(folder), ['secret'])
    const error = await failsWith(() => reader.read(`${folder}/secret`), NoAuthError)
    assert.match(error.message, `${folder}/secret`)
    assert.is((await service.read(`${folder}/secret`))?.data, 'sealed')
    await failsWith(() => service.set(`${folder}/secret`, 'mine'), NoAuthError)
    await failsWith(() => reader.create(`${folder}/other`, '', { acl }), NoAuthError)
    const stranger = await connect([])
    await failsWith(() => stranger.children(folder), NoAuthError)
    const refusals: Error[] = []
    reader.watch(`${folder}/secret`, () => undefined, { signal: never, onError: (e) => refusals.push(e) })
    await eventually(() => refusals.length === 1 && refusals[0] instanceof NoAuthError)
    await Promise.all([reader.close(), service.close(), stranger.close()])
  })

  check('removes ephemeral nodes when their session is closed', async () => {
    const folder = await freshFolder()
    const other = await connect([operatorLogin])
    await other.create(`${folder}/e`, '', { acl: own, ephemeral: true })
    assert.is((await store.read(`${folder}/e`))?.ephemeral, true)
    await other.close()
    assert.is(other.state, 'closed')
    assert.equal(await store.children(folder), [])
    await failsWith(() => other.read(folder), ConnectionLostError)
  })

  check('delivers the present node, each later one, and absence', async () => {
    const folder = await freshFolder()
    const seen: (string | undefined)[] = []
    const stop = new AbortController()
    store.watch(`${folder}/w`, (node) => seen.push(node?.data), { signal: stop.signal })
    await eventually(() => seen.length === 1)
    await store.create(`${folder}/w`, 'a', { acl: own })
    await eventually(() => seen.length === 2)
    await store.set(`${folder}/w`, 'b')
    await eventually(() => seen.length === 3)
    await store.remove(`${folder}/w`)
    await eventually(() => seen.length === 4)
    await store.create(`${folder}/w`, 'c', { acl: own })
    await eventually(() => seen.length === 5)
    stop.abort()
    await store.set(`${folder}/w`, 'd')
    await store.read(folder)
    assert.equal(seen, [undefined, 'a', 'b', undefined, 'c'])
  })

  check('folds quick changes, and always delivers the last one', async () => {
    const folder = await freshFolder()
    const seen: string[] = []
    const stop = new AbortController()
    store.watch(folder, (node) => seen.push(node?.data ?? ''), { signal: stop.signal })
    for (let step = 1; step <= 50; step++) await store.set(folder, String(step))
    await eventually(() => seen.at(-1) === '50')
    assert.ok(seen.length <= 51)
    stop.abort()
  })

  check('watches names of children of a node that comes later', async () => {
    const folder = await freshFolder()
    const seen: (readonly string[] | undefined)[] = []
    const stop = new AbortController()
    store.watchChildren(`${folder}/list`, (names) => seen.push(names), { signal: stop.signal })
    await eventually(() => seen.length === 1)
    await store.create(`${folder}/list`, '', { acl: own })
    await eventually(() => seen.length === 2)
    await store.create(`${folder}/list/b`, '', { acl: own })
    await eventually(() => seen.length === 3)
    await store.create(`${folder}/list/a`, '', { acl: own })
    await eventually(() => seen.length === 4)
    assert.equal(seen, [undefined, [], ['b'], ['a', 'b']])
    stop.abort()
  })

  check('serves many listeners of one node, a late one too', async () => {
    const folder = await freshFolder()
    const stop = new AbortController()
    const seen = Array.from({ length: 20 }, () => [] as string[])
    for (const list of seen.slice(0, 19)) {
      store.watch(folder, (node) => list.push(node?.data ?? ''), { signal: stop.signal })
    }
    await store.set(folder, 'x')
    await eventually(() => seen.slice(0, 19).every((list) => list.at(-1) === 'x'))
    store.watch(folder, (node) => seen[19]?.push(node?.data ?? ''), { signal: stop.signal })
    await eventually(() => seen[19]?.at(-1) === 'x')
    stop.abort()
  })

  check.run()
}

const memory = new MemoryZooKeeper()
contract('in memory', async (logins) => memory.connect(logins))

test('an expired session of the fake loses its ephemerals and keeps its watches', async () => {
  const zookeeper = new MemoryZooKeeper()
  const [mine, other] = [zookeeper.connect([operatorLogin]), zookeeper.connect([operatorLogin])]
  const states: SessionState[] = []
  mine.onState((state) => states.push(state), never)
  await mine.create('/e', '', { acl: own, ephemeral: true })
  const seen: (string | undefined)[] = []
  mine.watch('/n', (node) => seen.push(node?.data), { signal: never })
  await eventually(() => seen.length === 1)
  const before = mine.sessionId
  zookeeper.expire(mine)
  await other.create('/n', 'here', { acl: own })
  await eventually(() => seen.at(-1) === 'here')
  assert.is(await other.read('/e'), undefined)
  assert.is.not(mine.sessionId, before)
  assert.equal(states, ['disconnected', 'expired', 'connected'])
})

if (await haveZooKeeper()) {
  const server = await startZooKeeper()
  const options = { servers: server.servers, sessionTimeoutMs: 1_000, requestTimeoutMs: 5_000 }
  const connect = (logins: readonly DigestLogin[]): Promise<ConfigStore> =>
    connectStore({ ...options, logins })
  const recorded = (store: ConfigStore): SessionState[] => {
    const states: SessionState[] = []
    store.onState((state) => states.push(state), never)
    return states
  }

  contract('ZooKeeper 3.8', connect)

  test('a restart of the server keeps session, ephemerals and watches', async () => {
    const store = await connect([operatorLogin])
    const before = store.sessionId
    await store.create('/restart', 'e', { acl: own, ephemeral: true })
    const seen: (string | undefined)[] = []
    store.watch('/later', (node) => seen.push(node?.data), { signal: never })
    await eventually(() => seen.length === 1)
    await server.stop()
    await eventually(() => store.state === 'disconnected')
    const waiting = store.read('/restart')
    await server.start()
    assert.is((await waiting)?.data, 'e')
    assert.is(store.sessionId, before)
    await store.create('/later', 'now', { acl: own })
    await eventually(() => seen.at(-1) === 'now')
    await store.close()
  })

  test('a frozen server is noticed within the session time-out, and the expired session is replaced', async () => {
    const store = await connect([operatorLogin])
    const states = recorded(store)
    const before = store.sessionId
    await store.create('/frozen', '', { acl: own, ephemeral: true })
    const seen: (string | undefined)[] = []
    store.watch('/frozen', (node) => seen.push(node?.data), { signal: never })
    await eventually(() => seen.length === 1)
    const frozenAt = Date.now()
    server.freeze()
    try {
      await eventually(() => store.state === 'disconnected', 4_000)
      assert.ok(Date.now() - frozenAt < 1_300, `noticed after ${Date.now() - frozenAt} ms`)
      // Our session cannot be kept alive while the server's clock runs on.
      await eventually(() => Date.now() - frozenAt > 2_500, 4_000)
    } finally {
      server.thaw()
    }
    await eventually(() => store.state === 'connected', 8_000)
    if (states.includes('expired')) {
      assert.is.not(store.sessionId, before)
      await eventually(() => seen.at(-1) === undefined)
    } else assert.is(store.sessionId, before)
    await store.close()
  })

  test('a request fails after its time-out while the server is away, and names path and reason', async () => {
    const store = await connectStore({ ...options, requestTimeoutMs: 400, logins: [operatorLogin] })
    await server.stop()
    const error = await failsWith(() => store.read('/away'), ConnectionLostError)
    assert.match(error.message, 'lost ZooKeeper while working on /away: no server answered within 400 ms')
    await server.start()
    await eventually(() => store.state === 'connected')
    assert.is(await store.read('/away'), undefined)
    await store.close()
  })

  test('moves to another server of the list with the same session rules when one does not answer', async () => {
    const dead = `127.0.0.1:${await freePort()}`
    const store = await connectStore({ ...options, servers: `${dead},${server.servers},${dead}`, logins: [] })
    assert.is(store.state, 'connected')
    await store.close()
  })

  test('no server at all is an error with a way out', async () => {
    const servers = `127.0.0.1:${await freePort()}`
    const error = await failsWith(
      () => connectStore({ servers, logins: [], sessionTimeoutMs: 1_000, requestTimeoutMs: 300 }),
      UnreachableError,
    )
    assert.match(error.message, `no ZooKeeper server answers at ${servers}`)
    assert.ok(error.hint)
  })

  test('connecting is given up at once when the signal is aborted', async () => {
    const servers = `127.0.0.1:${await freePort()}`
    const aborter = new AbortController()
    const connecting = connectStore(
      { servers, logins: [], sessionTimeoutMs: 1_000, requestTimeoutMs: 3_600_000 },
      aborter.signal,
    )
    aborter.abort(new Error('the operator pressed Ctrl-C'))
    await rejects(connecting, /pressed Ctrl-C/)
  })

  test.after(() => server.close())
}

test.run()
