import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { clusterProblems } from '../../src/bootstrap/cluster-problems.ts'
import type { Inventory, Vars } from '../../src/inventory/types.ts'

function problemsOf(groups: readonly string[], vars: Vars = { engine: 'embedded' }): readonly string[] {
  const host = { name: 'h', groups: ['all', ...groups], vars }
  const inventory: Inventory = {
    hosts: new Map([['h', host]]),
    groups: new Map(groups.map((name) => [name, { name, hosts: ['h'], children: [], vars: {} }])),
    sources: ['hosts'],
  }
  return clusterProblems(inventory).map(({ where, message }) => `${where}: ${message}`)
}

test('one machine with the embedded engine needs no Mesos master', () => {
  assert.equal(problemsOf(['marathon', 'mesos-slave']), [])
})

test('the real Mesos needs a master', () => {
  assert.equal(problemsOf(['marathon', 'mesos-slave'], {}), [
    'hosts: the group "mesos-master" is missing; see inventory/multinode',
  ])
})

test('names all missing groups, with the name that is near', () => {
  assert.equal(problemsOf(['marathn']), [
    'hosts: the group "marathon" is missing; is "marathn" meant to be it?',
    'hosts: the group "mesos-slave" is missing; see inventory/multinode',
  ])
})

test('a misspelled engine would be left out silently by every play', () => {
  assert.equal(problemsOf(['marathon', 'mesos-slave'], { engine: 'embeded' }), [
    'hosts: unknown engine "embeded"; did you mean "embedded"?',
  ])
})

test.run()
