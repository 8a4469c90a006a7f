import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseRequirement, printRequirement } from '../../src/start-spec/requirement.ts'
import { satisfied, type Observed } from '../../src/start-spec/satisfied.ts'
import type { RegistryNode, StatusNode } from '../../src/start-spec/types.ts'
import { commandOf, daemonSpec } from '../support/start-specs.ts'

const since = '2026-01-02T03:04:05Z'
const present = 'a'.repeat(64)
const older = 'b'.repeat(64)
const spec = daemonSpec('keystone', {
  commands: [
    commandOf('db_sync', { digest: present }),
    commandOf('prepare', { runOnce: false, digest: present }),
  ],
})
const node = (state: StatusNode['state'], more: Partial<StatusNode> = {}): StatusNode => {
  return { state, digest: present, host: 'h1', instance: 'i1', attempt: 1, since, ...more }
}
const registered = (host: string): RegistryNode => {
  return { host, address: '10.0.0.1', ports: {}, incarnation: 'x', since }
}
const observed = (
  status: Readonly<Record<string, StatusNode>> = {},
  registry: Readonly<Record<string, readonly RegistryNode[]>> = {},
): Observed => ({
  specs: new Map([['keystone', spec]]),
  status: new Map(Object.entries(status)),
  registry: new Map(Object.entries(registry)),
})
const stateOf = (text: string, cluster: Observed): string => {
  const requirement = parseRequirement(text)
  if (!requirement) throw new Error(text)
  const state = satisfied(requirement, cluster, 'h2')
  assert.is(state.requirement, text)
  return `${state.met ? 'met' : 'unmet'}: ${state.why}`
}

test('prints a requirement as it is read', () => {
  for (const text of ['mariadb/daemon', 'keystone-db/create', 'host:neutron-agent/daemon']) {
    const requirement = parseRequirement(text)
    assert.is(requirement && printRequirement(requirement), text)
  }
  for (const text of ['mariadb', 'a/b/c', 'local:a/b', '/x', 'a/'])
    assert.is(parseRequirement(text), undefined)
})

test('a daemon counts while somebody is registered', () => {
  assert.is(stateOf('keystone/daemon', observed()), 'unmet: nobody is registered')
  assert.is(stateOf('mariadb/daemon', observed()), 'unmet: nobody is registered; the service is not deployed')
  const two = observed({}, { keystone: [registered('h3'), registered('h1'), registered('h1')] })
  assert.is(stateOf('keystone/daemon', two), 'met: registered on h1, h3')
})

test('a daemon on the same host does not count on another one', () => {
  const elsewhere = observed({}, { keystone: [registered('h1')] })
  assert.is(
    stateOf('host:keystone/daemon', elsewhere),
    'unmet: nobody is registered on this host h2, only on h1',
  )
  assert.is(
    stateOf('host:keystone/daemon', observed({}, { keystone: [registered('h2')] })),
    'met: registered on h2',
  )
})

test('a daemon that failed tells its last error', () => {
  const failed = observed({ 'host/h1/keystone/daemon': node('error', { error: 'exit code 3' }) })
  assert.is(
    stateOf('keystone/daemon', failed),
    `unmet: nobody is registered; failed on h1 at ${since}: exit code 3`,
  )
})

test('a command counts when it is done for the present digest', () => {
  const at = (status: StatusNode): string =>
    stateOf('keystone/db_sync', observed({ 'global/keystone/db_sync': status }))
  assert.is(stateOf('keystone/db_sync', observed()), 'unmet: has not been started')
  assert.is(at(node('done')), `met: done on h1 at ${since}`)
  assert.is(at(node('done', { digest: older })), `unmet: done for an older digest at ${since}`)
  assert.is(
    at(node('retry', { attempt: 3, error: 'exit code 2' })),
    `unmet: retry on h1 since ${since}, attempt 3, last error: exit code 2`,
  )
  assert.is(
    at(node('running', { digest: older })),
    `unmet: running on h1 since ${since}, attempt 1, for an older digest`,
  )
  assert.is(
    at(node('waiting', { attempt: 0 })),
    `unmet: waiting for its own requirements on h1 since ${since}`,
  )
})

test('a command that runs in every container counts when one host has done it, or the same host', () => {
  const cluster = observed({
    'host/h1/keystone/prepare': node('done'),
    'host/h3/keystone/prepare': node('error'),
  })
  assert.is(stateOf('keystone/prepare', cluster), `met: done on h1 at ${since}`)
  assert.is(stateOf('host:keystone/prepare', cluster), 'unmet: has not been started')
})

test('names a service or a command that is not deployed', () => {
  assert.is(stateOf('nova/db_sync', observed()), 'unmet: service nova is not deployed')
  assert.is(stateOf('keystone/migrate', observed()), 'unmet: service keystone has no command migrate')
})

test.run()
