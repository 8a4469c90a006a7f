import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { systemClock } from '../../src/kernel/clock.ts'
import { loadContent } from '../../src/modules/load-content.ts'
import { Batch } from '../../src/phases/play-batch.ts'
import { HostContexts } from '../../src/phases/play-contexts.ts'
import { HostState } from '../../src/phases/play-host-state.ts'
import { planPlay } from '../../src/phases/play-plan.ts'
import { mostReady } from '../../src/phases/play-ready.ts'
import type { PlayState, RunPlaysOptions, RunTools } from '../../src/phases/play-types.ts'
import type { Step } from '../../src/playbook/flatten.ts'
import { loadPlaybook } from '../../src/playbook/load-playbook.ts'
import { inventoryOf, localTransport, makeFolder, playText } from '../support/run-playbook.ts'

/** What a run keeps of a long play is bounded, whatever the number of its tasks. */

interface Opened {
  readonly contexts: HostContexts
  readonly state: HostState
  readonly steps: readonly Step[]
}

/** What one host keeps in the first play of a playbook that is given as text. */
function openContexts(text: string): Opened {
  const folder = makeFolder()
  const playbook = loadPlaybook(folder.write('p.yml', text))
  folder.remove()
  const inventory = inventoryOf({ h1: {} })
  const [host] = inventory.hosts.values()
  const state = new HostState(host as NonNullable<typeof host>)
  const stateOf = (): HostState => state
  const options = {
    ...{ inventory, clock: systemClock, content: loadContent(), transport: localTransport() },
    reporter: { report: () => {}, close: () => Promise.resolve() },
  } as RunPlaysOptions
  const [play] = playbook.plays
  const plan = planPlay(play as NonNullable<typeof play>, playbook, {
    options,
    stateOf,
    inventory: () => inventory,
  })
  const tools = { options, stateOf, later: [], inventory: () => inventory } as unknown as RunTools
  const playing = { plan, lost: new Set(), running: new Set() } as unknown as PlayState
  const steps = plan.steps.filter((step) => step.node.kind === 'task')
  return { contexts: new HostContexts(state, playing, tools), state, steps }
}

const manyTasks = (count: number, more = ''): string =>
  [
    '- hosts: all',
    '  gather_facts: false',
    '  tasks:',
    ...Array.from(
      { length: count },
      (_, index) => `    - { name: t${index}, debug: { msg: "it is ${index}" }${more} }`,
    ),
    '',
  ].join('\n')

test('a host keeps a bounded number of tasks ready, the next ones, and none whose turn is over', () => {
  const { contexts, steps } = openContexts(manyTasks(2 * mostReady))
  const first = steps.map((step) => contexts.unitOf(step))
  assert.is(contexts.ready.size, mostReady)
  assert.is(contexts.unitOf(steps[0] as Step), first[0], 'the first is handed out once more')
  assert.is.not(contexts.unitOf(steps.at(-1) as Step), first.at(-1), 'the last is made once more')
  for (const [index, step] of steps.entries()) {
    contexts.passed(step)
    assert.is(contexts.ready.size, Math.max(0, mostReady - 1 - index))
  }
})

test('what was made ready for steps that never had their turn goes with the next one that has', () => {
  const { contexts, steps } = openContexts(manyTasks(10))
  for (const step of steps) contexts.unitOf(step)
  contexts.passed(steps[8] as Step)
  assert.is(contexts.ready.size, 1)
})

test('a task made ready from older values is made anew, and kept in the place of the old one', () => {
  const { contexts, state, steps } = openContexts(manyTasks(3))
  const [step] = steps as [Step]
  const before = contexts.unitOf(step)
  state.setVariables({ name: 'new' })
  const after = contexts.unitOf(step)
  assert.is.not(after, before)
  assert.is(contexts.unitOf(step), after)
  assert.is(contexts.ready.size, 1)
})

test('what a step with variables of its own sees is forgotten after its turn', () => {
  const { contexts, steps } = openContexts(manyTasks(3, ', vars: { own: 1 }'))
  const [step] = steps as [Step]
  const seen = contexts.of(step)
  assert.is(contexts.of(step), seen)
  contexts.passed(step)
  assert.is.not(contexts.of(step), seen)
})

test('results of which none has to be applied wait for few others', () => {
  const batch = new Batch()
  let count = 0
  while (!batch.isFull)
    batch.push({
      ...{ title: 't', stepIndex: count++, itemIndex: 0, gives: [], startedAt: 0 },
      settled: { status: 'ok', result: { changed: false, failed: false } } as never,
    })
  assert.ok(count <= 100, `${count}`)
  assert.is(batch.take()?.entries.length, count)
  assert.not.ok(batch.isFull)
})

test('a play of more tasks than are kept has all results, in order, and the same in loops', async () => {
  const count = mostReady + 50
  const tasks = manyTasks(count).replace(/( name: t7,.*) \}$/m, '$1, loop: [1, 2, 3] }')
  const run = await playText(tasks)
  const names = run.results.map((result) => result.task.replace(/ \(.*$/, ''))
  const distinct = [...new Set(names)]
  assert.equal(
    distinct,
    Array.from({ length: count }, (_, index) => `t${index}`),
  )
  assert.is(names.filter((name) => name === 't7').length, 3)
  assert.is(run.recap.hosts[0]?.ok, count)
})

test.run()
