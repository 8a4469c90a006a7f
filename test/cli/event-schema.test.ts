import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { RunEvent } from '../../src/reporter/types.ts'
import { openKmesosProgram, type KmesosProgram } from '../support/kmesos-program.ts'

const test = suite('docs/events.schema.json, against real runs')
const schema = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../docs/events.schema.json'), 'utf8'),
) as {
  readonly oneOf: readonly { readonly properties: { readonly kind: { readonly const: string } } }[]
}
const isEvent = new Ajv({ discriminator: false, strict: false }).compile(schema)
let kmesos: KmesosProgram

test.before(async () => {
  kmesos = await openKmesosProgram('events')
  await kmesos.write(
    'hosts',
    '[all]\nh1 ansible_connection=local\nh2 ansible_connection=local\nlost ansible_host=127.0.0.1 ansible_port=1\n',
  )
  await kmesos.write(
    'site.yml',
    `- name: play
  hosts: all
  gather_facts: false
  tasks:
    - { name: items, debug: { msg: "<%= item %>" }, loop: [a, b] }
    - { name: write, copy: { content: "x\\n", dest: "${kmesos.folder}/<%= inventory_hostname %>" } }
    - { name: speak, shell: "echo one; echo two >&2" }
    - { name: fail, command: "false", when: inventory_hostname == 'h2' }
`,
  )
})
test.after(() => kmesos.close())

/** Standard output of a run as events; every line must be one that the schema knows. */
async function eventsOf(words: readonly string[]): Promise<readonly RunEvent[]> {
  const { stdout } = await kmesos.run([...words, '--output', 'json'])
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => {
      const event: unknown = JSON.parse(line)
      assert.ok(isEvent(event), `${line}\n${JSON.stringify(isEvent.errors?.at(-1))}`)
      return event as RunEvent
    })
}

test('a play with changes, items, output, a failure and a lost host', async () => {
  const events = await eventsOf(['play', 'site.yml', '-i', 'hosts', '--diff'])
  const kinds = new Set(events.map((event) => event.kind))
  for (const kind of [
    'play-started',
    'host-started',
    'task-started',
    'output',
    'task-result',
    'host-ended',
    'recap',
    'error',
  ])
    assert.ok(kinds.has(kind as RunEvent['kind']), kind)
  assert.is(events[0]?.kind, 'run-started')
  assert.is(events.at(-1)?.kind, 'run-ended')
})

test('a check, a command on hosts, a fault of a file', async () => {
  await eventsOf(['play', 'site.yml', '-i', 'hosts', '--check'])
  await eventsOf(['exec', 'all', 'echo hello', '-i', 'hosts'])
  const faults = await eventsOf(['bootstrap', '-i', 'nowhere'])
  assert.is(faults.find((event) => event.kind === 'error')?.exitCode, 3)
})

/** Compiles only while it names every kind that there is. */
const allKinds: Readonly<Record<RunEvent['kind'], true>> = {
  ...{ 'run-started': true, 'run-ended': true, 'phase-started': true, 'phase-ended': true },
  ...{ 'play-started': true, 'play-ended': true, 'host-started': true, 'host-ended': true },
  ...{ 'task-started': true, 'task-result': true, output: true, state: true, change: true },
  ...{ message: true, recap: true, error: true },
}

test('the schema knows every kind of event, and refuses others', () => {
  assert.equal(schema.oneOf.map((each) => each.properties.kind.const).sort(), Object.keys(allKinds).sort())
  assert.not.ok(isEvent({ kind: 'run-ended', at: 1, exitCode: 0, changed: true, more: 1 }))
  assert.not.ok(isEvent({ kind: 'other', at: 1 }))
})

test.run()
