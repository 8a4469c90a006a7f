import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { formatGraph } from '../../src/services/format-graph.ts'
import { criticalPath, graphOf, graphProblems, stepsOf, type GraphService } from '../../src/services/graph.ts'
import { parseRequirement } from '../../src/start-spec/requirement.ts'

/** `name: [[command, requirement...]...]`; the command `daemon` is the daemon. */
function servicesOf(
  tables: Readonly<Record<string, readonly (readonly string[])[]>>,
): readonly GraphService[] {
  return Object.entries(tables).map(([name, steps]) => {
    const parsed = steps.map(([step = '', ...needs]) => ({
      name: step,
      requires: needs.map((need) => parseRequirement(need)!),
    }))
    const daemon = parsed.find((step) => step.name === 'daemon')
    return { name, commands: parsed.filter((step) => step !== daemon), ...(daemon ? { daemon } : {}) }
  })
}

const steps = stepsOf(
  servicesOf({
    db: [['init'], ['daemon']],
    web: [
      ['sync', 'db/daemon'],
      ['daemon', 'host:cache/daemon'],
    ],
    cache: [['daemon']],
  }),
)

test('a step comes after the one before it in its service and after what it requires', () => {
  const graph = graphOf(steps)
  assert.equal(graph.get('web/daemon'), ['web/sync', 'cache/daemon'])
  assert.equal(graphProblems(steps), [])
})

test('the critical path is the longest by number of steps, or by time', () => {
  assert.equal(criticalPath(graphOf(steps)), ['db/init', 'db/daemon', 'web/sync', 'web/daemon'])
  assert.equal(criticalPath(graphOf(steps), new Map([['cache/daemon', 99]])), ['cache/daemon', 'web/daemon'])
})

test('a step that waits for itself through another is a circle', () => {
  const turning = stepsOf(servicesOf({ a: [['one', 'b/daemon'], ['daemon']], b: [['daemon', 'a/daemon']] }))
  assert.match(graphProblems(turning)[0]?.message ?? '', /in a circle/)
})

test('every format names every step; requirements on the same host are dashed', () => {
  for (const format of ['text', 'mermaid', 'dot', 'json'] as const) {
    const text = formatGraph(steps, format)
    for (const step of steps) assert.ok(text.includes(step.id), `${step.id} in ${format}`)
  }
  assert.match(formatGraph(steps, 'dot'), /"cache\/daemon" -> "web\/daemon" \[style=dashed\];/)
  assert.match(formatGraph(steps, 'mermaid'), /cache_daemon -.-> web_daemon/)
})

test.run()
