import fc from 'fast-check'
import {
  facts,
  registers,
  type Act,
  type Condition,
  type Node,
  type PlayModel,
  type RunModel,
  type TaskModel,
  type Value,
} from './model.ts'

/** Few names and texts, so that tasks meet: they write what others read. */
const file = fc.constantFrom('f0', 'f1', 'f2')
const text = fc.constantFrom('a', 'b')
const register = fc.constantFrom(...registers)
const fact = fc.constantFrom(...facts)
const tags = fc.constantFrom(['red'], ['blue'], ['red', 'blue'], ['always'])
const handlerNames = ['after one', 'after two']

const value: fc.Arbitrary<Value> = fc.oneof(
  fc.record({ text }),
  fc.record({ stdout: register }),
  fc.record({ fact }),
)

const act: fc.Arbitrary<Act> = fc.oneof(
  { arbitrary: fc.constant<Act>({ do: 'log' }), weight: 2 },
  { arbitrary: fc.constant<Act>({ do: 'break' }), weight: 1 },
  { arbitrary: fc.record({ do: fc.constant('write' as const), file, value }), weight: 4 },
  { arbitrary: fc.record({ do: fc.constant('line' as const), file, text }), weight: 2 },
  { arbitrary: fc.record({ do: fc.constant('remove' as const), file }), weight: 2 },
  { arbitrary: fc.record({ do: fc.constant('create' as const), file }), weight: 2 },
  { arbitrary: fc.record({ do: fc.constant('spoil' as const), file, text }), weight: 2 },
  { arbitrary: fc.record({ do: fc.constant('read' as const), file }), weight: 3 },
  { arbitrary: fc.record({ do: fc.constant('stat' as const), file }), weight: 2 },
  { arbitrary: fc.record({ do: fc.constant('fact' as const), fact, value }), weight: 2 },
)

const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ is: fc.constant('host' as const), host: fc.constantFrom('h1', 'h2') }),
  fc.record({
    is: fc.constantFrom('changed' as const, 'failed' as const, 'skipped' as const, 'exists' as const),
    register,
    not: fc.boolean(),
  }),
  fc.record({ is: fc.constant('said' as const), register, text }),
  fc.record({ is: fc.constant('fact' as const), fact, text }),
  fc.constant<Condition>({ is: 'never' }),
)

/** A part that is there now and then. */
function maybe<K extends string, T>(
  key: K,
  arbitrary: fc.Arbitrary<T>,
  weight: number,
): fc.Arbitrary<{ readonly [key in K]?: T }> {
  const there = arbitrary.map((one) => ({ [key]: one }) as { readonly [key in K]?: T })
  return fc.oneof({ arbitrary: fc.constant({}), weight: 100 - weight }, { arbitrary: there, weight })
}

function merged(parts: readonly fc.Arbitrary<object>[]): fc.Arbitrary<object> {
  return fc.tuple(...parts).map((all) => Object.assign({}, ...all) as object)
}

/** Names are given at the end, when all tasks of a run are known. */
const task: fc.Arbitrary<TaskModel> = merged([
  fc.record({ kind: fc.constant('task'), name: fc.constant(''), act }),
  maybe('when', condition, 30),
  maybe('loop', fc.constantFrom(['a'], ['a', 'b'], ['b', 'c', 'a']), 20),
  maybe('register', register, 40),
  maybe('ignoreErrors', fc.boolean(), 25),
  maybe('unchanged', fc.constant(true), 10),
  maybe('notify', fc.constantFrom(...handlerNames), 25),
  maybe('tags', tags, 15),
  maybe('delegateTo', fc.constantFrom('h1', 'h2'), 10),
]).chain((made) => itemsIn(made as TaskModel))

/** In loops, values and conditions look at the item now and then. */
function itemsIn(made: TaskModel): fc.Arbitrary<TaskModel> {
  if (!made.loop) return fc.constant(made)
  return fc.record({ byItem: fc.boolean(), onItem: fc.boolean() }).map(({ byItem, onItem }) => ({
    ...made,
    ...(byItem && 'value' in made.act ? { act: { ...made.act, value: { item: true as const } } } : {}),
    ...(onItem ? { when: { is: 'item' as const, text: 'a' } } : {}),
  }))
}

function nodeOf(depth: number): fc.Arbitrary<Node> {
  if (depth === 0) return task
  const list = (least: number): fc.Arbitrary<readonly Node[]> =>
    fc.array(nodeOf(depth - 1), { minLength: least, maxLength: 3 })
  const block = merged([
    fc.record({ kind: fc.constant('block'), block: list(1), rescue: list(0), always: list(0) }),
    maybe('when', condition, 25),
    maybe('tags', tags, 15),
    maybe('ignoreErrors', fc.constant(true), 10),
  ]) as fc.Arbitrary<Node>
  const include = merged([
    fc.record({ kind: fc.constant('include'), name: fc.constant(''), tasks: list(1) }),
    maybe('when', condition, 30),
    maybe('tags', tags, 15),
  ]) as fc.Arbitrary<Node>
  return fc.oneof(
    { arbitrary: task, weight: 8 },
    { arbitrary: block, weight: 2 },
    { arbitrary: include, weight: 1 },
  )
}

/** What hosts share stands on the first level only: there it is plain which host comes first. */
const topNode: fc.Arbitrary<Node> = fc.oneof(
  { arbitrary: nodeOf(2), weight: 12 },
  { arbitrary: task.map((one) => ({ ...one, runOnce: true })), weight: 1 },
  { arbitrary: fc.constant<Node>({ kind: 'flush' }), weight: 1 },
)

const handler = (name: string): fc.Arbitrary<TaskModel> =>
  merged([
    fc.record({ kind: fc.constant('task'), name: fc.constant(name), act }),
    maybe('when', condition, 15),
  ]) as fc.Arbitrary<TaskModel>

const play: fc.Arbitrary<PlayModel> = merged([
  fc.record({
    tasks: fc.array(topNode, { minLength: 1, maxLength: 7 }),
    handlers: fc.tuple(...handlerNames.map(handler)),
  }),
  maybe('serial', fc.constantFrom(1, 2), 20),
]) as fc.Arbitrary<PlayModel>

export const anyRun: fc.Arbitrary<RunModel> = (
  merged([
    fc.record({
      hosts: fc.constantFrom(['h1'], ['h1', 'h2'], ['h1', 'h2', 'h3']),
      plays: fc.oneof(
        { arbitrary: fc.tuple(play), weight: 3 },
        { arbitrary: fc.tuple(play, play), weight: 1 },
      ),
    }),
    maybe('tags', fc.constantFrom(['red'], ['blue']), 15),
    maybe('skipTags', fc.constantFrom(['red'], ['blue']), 10),
  ]) as fc.Arbitrary<RunModel>
).map(named)

/** t1, t2, … in the order of the text. */
function named(run: RunModel): RunModel {
  let count = 0
  const name = (node: Node): Node => {
    switch (node.kind) {
      case 'task':
        return { ...node, name: `t${++count}`, ...delegateIn(node, run) }
      case 'include':
        return { ...node, name: `t${++count}`, tasks: node.tasks.map(name) }
      case 'block':
        return {
          ...node,
          block: node.block.map(name),
          rescue: node.rescue.map(name),
          always: node.always.map(name),
        }
      default:
        return node
    }
  }
  return { ...run, plays: run.plays.map((each) => ({ ...each, tasks: each.tasks.map(name) })) }
}

/**
 * Over another host's link only what leaves a trace in the log: the files of all hosts are on one machine here, and what is done
 * to another host makes nobody look at the own one again.
 */
function delegateIn({ delegateTo, act: { do: what } }: TaskModel, { hosts }: RunModel): Partial<TaskModel> {
  if (delegateTo === undefined) return {}
  if (!['log', 'break', 'fact'].includes(what)) return { delegateTo: undefined }
  return hosts.includes(delegateTo) ? {} : { delegateTo: hosts[0] }
}
