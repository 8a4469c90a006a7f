import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { findCycle, layersOf } from '../../src/kernel/graph.ts'

const graph = (edges: Record<string, string[]>): Map<string, string[]> => new Map(Object.entries(edges))

test('names the nodes of a cycle in order, the first repeated at the end', () => {
  assert.equal(findCycle(graph({ a: ['b'], b: ['c'], c: ['d', 'b'], d: [] })), ['b', 'c', 'b'])
  assert.equal(findCycle(graph({ a: ['a'] })), ['a', 'a'])
})

test('a diamond is no cycle', () => {
  assert.is(findCycle(graph({ a: ['b', 'c'], b: ['d'], c: ['d'], d: [] })), undefined)
})

test('a dependency outside of the graph is left alone', () => {
  assert.is(findCycle(graph({ a: ['elsewhere'] })), undefined)
  assert.equal(layersOf(graph({ a: ['elsewhere'] })), [['a']])
})

test('a chain of 100,000 nodes does not overflow the stack', () => {
  const chain = new Map(Array.from({ length: 100_000 }, (_, i) => [`n${i}`, i === 0 ? [] : [`n${i - 1}`]]))
  assert.is(findCycle(chain), undefined)
  assert.is(layersOf(chain).length, 100_000)
})

test('layers hold what can go together', () => {
  assert.equal(layersOf(graph({ api: ['db', 'cache'], db: [], cache: [], ui: ['api', 'cache'] })), [
    ['db', 'cache'],
    ['api'],
    ['ui'],
  ])
})

test('a dependency named twice counts once', () => {
  assert.equal(layersOf(graph({ a: ['b', 'b'], b: [] })), [['b'], ['a']])
})

test.run()
