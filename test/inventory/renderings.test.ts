import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { finishInventory } from '../../src/inventory/finish-inventory.ts'
import { graphInventory } from '../../src/inventory/graph-inventory.ts'
import { newDraft } from '../../src/inventory/inventory-draft.ts'
import { listInventory, nestInventory } from '../../src/inventory/list-inventory.ts'
import { parseSource } from '../../src/inventory/parse-source.ts'
import type { Inventory } from '../../src/inventory/types.ts'
import { yamlText } from '../../src/inventory/yaml-text.ts'
import { seed } from './support/generated.ts'
import { canonical } from './support/our-answer.ts'

const test = suite('renderings of one inventory')

type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value }

interface Model {
  readonly groups: readonly string[]
  /** By index of the group; a child comes later in the list, so there is no loop. */
  readonly edges: readonly (readonly [number, number])[]
  readonly hosts: readonly { readonly group: number; readonly name: string; readonly vars: Vars }[]
  readonly vars: readonly (readonly [number, Vars])[]
  readonly priorities: readonly (readonly [number, number])[]
}
type Vars = Readonly<Record<string, Value>>

const text = fc.string({ unit: fc.constantFrom(...'ab1 é#:=[]{},"\'\\yesno.-'), maxLength: 8 })
const value: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    ...[text, fc.integer(), fc.boolean(), fc.constant(null)],
    fc.array(tie('value'), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom('k', 'two words', '1'), tie('value'), { maxKeys: 2 }),
  ),
})).value
const vars = fc.dictionary(fc.constantFrom('x', 'y', 'z'), value, { maxKeys: 2 })

const model: fc.Arbitrary<Model> = fc
  .uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 2, maxLength: 5 })
  .chain((groups) => {
    const index = fc.nat(groups.length - 1)
    return fc.record({
      groups: fc.constant(groups),
      edges: fc
        .array(fc.tuple(index, index), { maxLength: 4 })
        .map((pairs) => pairs.filter(([a, b]) => a < b)),
      hosts: fc.array(fc.record({ group: index, name: fc.constantFrom('h1', 'h2', 'h3', 'h4'), vars }), {
        maxLength: 5,
      }),
      vars: fc.array(fc.tuple(index, vars), { maxLength: 3 }),
      priorities: fc.array(fc.tuple(index, fc.integer({ min: 0, max: 20 })), { maxLength: 2 }),
    })
  })

/** As Python writes it. */
function literal(item: Value): string {
  if (item === null) return 'None'
  if (typeof item === 'boolean') return item ? 'True' : 'False'
  if (typeof item === 'number') return String(item)
  if (typeof item === 'string') return `'${item.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  if (Array.isArray(item)) return `[${item.map(literal).join(', ')}]`
  return `{${Object.entries(item)
    .map(([name, member]) => `${literal(name)}: ${literal(member)}`)
    .join(', ')}}`
}

const shellQuoted = (word: string): string => `"${word.replace(/(["\\])/g, '\\$1')}"`

function asIni({ groups, edges, hosts, vars: all, priorities }: Model): string {
  const name = (at: number): string => groups[at] ?? ''
  return [
    ...groups.map((group) => `[${group}]`),
    ...hosts.map((host) => {
      const words = Object.entries(host.vars).map(([key, item]) => shellQuoted(`${key}=${literal(item)}`))
      return `[${name(host.group)}]\n${[host.name, ...words].join(' ')}`
    }),
    ...edges.map(([parent, child]) => `[${name(parent)}:children]\n${name(child)}`),
    ...all.flatMap(([at, own]) =>
      Object.entries(own).map(([key, item]) => `[${name(at)}:vars]\n${key} = ${literal(item)}`),
    ),
    ...priorities.map(([at, level]) => `[${name(at)}:vars]\nansible_group_priority=${level}`),
  ].join('\n')
}

/** One document for each statement, in their order: JSON is YAML, and sources are merged. */
function asYaml({ groups, edges, hosts, vars: all, priorities }: Model): readonly string[] {
  const name = (at: number): string => groups[at] ?? ''
  const statements = [
    ...groups.map((group) => ({ [group]: null })),
    ...hosts.map((host) => ({ [name(host.group)]: { hosts: { [host.name]: host.vars } } })),
    ...edges.map(([parent, child]) => ({ [name(parent)]: { children: { [name(child)]: null } } })),
    ...all.map(([at, own]) => ({ [name(at)]: { vars: own } })),
    ...priorities.map(([at, level]) => ({ [name(at)]: { vars: { ansible_group_priority: level } } })),
  ]
  return statements.map((statement) => yamlText(statement))
}

function read(texts: readonly string[], ending: string): Inventory {
  const draft = newDraft()
  for (const each of texts) parseSource(each, `hosts${ending}`, { draft })
  assert.equal(draft.problems, [])
  return finishInventory(draft, { sources: ['x'], inventoryVars: [], playbookVars: [], extraVars: {} })
}

const shapes = (inventory: Inventory): string =>
  [
    canonical(listInventory(inventory, { export: true })),
    canonical(listInventory(inventory, { export: false })),
    graphInventory(inventory),
  ].join('\n')

test('INI and YAML of one model are one inventory', () => {
  fc.assert(
    fc.property(model, (one) => {
      assert.is(shapes(read(asYaml(one), '.yml')), shapes(read([asIni(one)], '')))
    }),
    { seed, numRuns: 800 },
  )
})

test('what --export --yaml prints reads as the same lists again, and prints the same again', () => {
  fc.assert(
    fc.property(model, (one) => {
      const inventory = read([asIni(one)], '')
      const printed = yamlText(nestInventory(inventory, { export: true }))
      const again = read([printed], '.yml')
      assert.is(
        canonical(listInventory(again, { export: true })),
        canonical(listInventory(inventory, { export: true })),
      )
      assert.is(
        canonical(listInventory(again, { export: false })),
        canonical(listInventory(inventory, { export: false })),
      )
      assert.is(yamlText(nestInventory(again, { export: true })), printed)
    }),
    { seed, numRuns: 800 },
  )
})

test.after(() => console.log(`SEED ${seed}`))
test.run()
