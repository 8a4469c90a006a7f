import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { completePasswords, parsePasswords } from '../../src/secrets/passwords.ts'
import type { Credentials } from '../../src/secrets/types.ts'
import { buildConfigTree, type WantedTree } from '../../src/services/config-tree.ts'
import { diffTree, transactionsOf, type ObservedNode, type TreeChange } from '../../src/services/diff-tree.ts'
import type { Composition } from '../../src/services/types.ts'
import { largestNodeBytes, type NodeChange } from '../../src/zookeeper/types.ts'
import { composeReal } from './sample-site.ts'

const composition = await composeReal()
const credentials = newCredentials(composition)

function newCredentials(of: Composition): Credentials {
  const services = [...of.services.keys()]
  const passwords = [...of.services.values()].flatMap((service) => service.definition.secrets)
  const needed = { passwords, services }
  return parsePasswords(completePasswords('', needed, 'f').text, needed, 'f').credentials
}

type Nodes = ReadonlyMap<string, ObservedNode>

/** What ZooKeeper would hold after the changes. */
function applied(changes: readonly TreeChange[], before: Nodes = new Map()): Nodes {
  const nodes = new Map(before)
  for (const change of changes) {
    for (const { path, acl } of change.acls) nodes.set(path, { data: nodes.get(path)?.data ?? '', acl })
    for (const each of transactionsOf(change).flat()) applyOne(each, nodes)
  }
  return nodes
}

function applyOne(change: NodeChange, nodes: Map<string, ObservedNode>): void {
  if (change.kind === 'delete') nodes.delete(change.path)
  else if (change.kind === 'create') nodes.set(change.path, { data: change.data, acl: change.acl })
  else if (change.kind === 'set') nodes.set(change.path, { ...nodes.get(change.path), data: change.data })
}

const subjects = (changes: readonly TreeChange[]): readonly string[] =>
  changes.map((each) => `${each.action} ${each.subject}`)
const tree = buildConfigTree(composition, credentials)
const standing = applied(diffTree(tree, { nodes: new Map() }))

test('a second run plans nothing, although the same secrets would be sealed to another text', () => {
  assert.equal(diffTree(tree, { nodes: standing }), [])
  assert.equal(diffTree(buildConfigTree(composition, credentials), { nodes: standing }), [])
})

test('parents come before children in what is created', () => {
  const seen = new Set(['/'])
  for (const change of diffTree(tree, { nodes: new Map() })) {
    for (const each of change.changes) {
      assert.ok(seen.has(each.path.replace(/\/[^/]*$/, '') || '/'), each.path)
      seen.add(each.path)
    }
  }
})

test('any node that is lost or changed is repaired, and only that', () => {
  for (const [path] of standing) {
    if (path.includes('/files')) continue
    const broken = new Map(standing)
    broken.delete(path)
    const changes = diffTree(tree, { nodes: broken }).flatMap((change) => change.changes)
    assert.ok(
      changes.some((change) => change.path === path),
      path,
    )
    const repaired = applied(diffTree(tree, { nodes: broken }), broken)
    assert.equal(diffTree(tree, { nodes: repaired }), [], path)
  }
})

test('a changed service writes its own nodes in one transaction, and shows what differs', async () => {
  const changed = buildConfigTree(await composeReal({ vars: { keystone_port: 5001 } }), credentials)
  const changes = diffTree(changed, { nodes: standing })
  assert.equal(subjects(changes), ['update variables and folders', 'update configuration of keystone-api'])
  assert.match(changes[1]?.diff ?? '', /-\s+"public": 5000[\s\S]*\+\s+"public": 5001/)
  assert.is(transactionsOf(changes[1]!).length, 1)
})

test('changed secrets are shown as changed, and never what they are', () => {
  const other = newCredentials(composition)
  const changed = buildConfigTree(composition, { ...credentials, passwords: other.passwords })
  const changes = diffTree(changed, { nodes: standing })
  assert.equal(subjects(changes), [
    ...[
      'update configuration of keystone-db',
      'update configuration of keystone-api',
      'update configuration of mariadb',
    ],
  ])
  const shown = changes.map((change) => change.diff).join('')
  assert.match(shown, /-\*\*\* \(as it was\)\n\+\*\*\*/)
  for (const password of other.passwords.values()) assert.not.ok(shown.includes(password.reveal()))
})

test('a new operator’s or reader’s key renews every ACL', () => {
  const keys = { ...credentials.keys, reader: newCredentials(composition).keys.reader }
  const renewed = buildConfigTree(composition, { ...credentials, keys })
  const changes = diffTree(renewed, { nodes: standing })
  assert.is(changes.flatMap((change) => change.acls).length, standing.size)
  assert.equal(diffTree(renewed, { nodes: applied(changes, standing) }), [])
})

/** A service with files of the given sizes. */
function largeTree(sizes: readonly number[]): WantedTree {
  const service = tree.services.find((each) => each.name === 'memcached')!
  const [folder] = service.files
  const files = sizes.map((size, index) => ({
    ...folder!,
    path: `${folder!.path}/f${index}`,
    content: { kind: 'plain' as const, data: 'x'.repeat(size) },
  }))
  return { ...tree, services: [{ ...service, files: [folder!, ...files] }] }
}

test('what does not fit into one transaction is split, and the spec goes last', () => {
  const change = diffTree(largeTree([500_000, 500_000, 300_000]), { nodes: new Map() }).at(-1)!
  const transactions = transactionsOf(change)
  assert.is(transactions.length, 2)
  for (const each of transactions) {
    const bytes = each.map((part) => (part.kind === 'create' || part.kind === 'set' ? part.data.length : 0))
    assert.ok(bytes.reduce((sum, size) => sum + size, 0) <= largestNodeBytes)
  }
  const last = transactions.flat().at(-1)
  assert.is(last?.path, '/kmesos/test/services/memcached')
  assert.is(last?.kind, 'set')
})

test('a split write that was cut off is written whole by the next one', () => {
  const large = largeTree([500_000, 500_000, 300_000])
  const change = diffTree(large, { nodes: new Map() }).at(-1)!
  const half = new Map(standing)
  for (const path of [...half.keys()].filter((each) => each.includes('/services/memcached')))
    half.delete(path)
  for (const each of transactionsOf(change)[0] ?? []) applyOne(each, half)
  const rest = diffTree(large, { nodes: half })
  assert.equal(diffTree(large, { nodes: applied(rest, half) }), [])
  assert.ok(applied(rest, half).has('/kmesos/test/services/memcached/files/f2'))
})

test.run()
