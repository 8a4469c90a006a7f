import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { loadPlaybook } from '../../src/playbook/load-playbook.ts'
import { makeFolder } from '../support/run-playbook.ts'

/** Where ansible-core 2.14 takes a keyword: P play, R role, B block, T task (`ansible-doc -t keyword`). */
const ansible: Readonly<Record<string, readonly string[]>> = {
  PRBT: [
    ...['any_errors_fatal', 'become', 'become_exe', 'become_flags', 'become_method', 'become_user'],
    ...['check_mode', 'collections', 'connection', 'debugger', 'diff', 'environment', 'ignore_errors'],
    ...['ignore_unreachable', 'module_defaults', 'name', 'no_log', 'port', 'remote_user', 'run_once', 'tags'],
    ...['throttle', 'timeout', 'vars'],
  ],
  RBT: ['delegate_facts', 'delegate_to', 'when'],
  BT: ['notify'],
  B: ['always', 'block', 'rescue'],
  T: [
    ...[
      'action',
      'args',
      'async',
      'changed_when',
      'delay',
      'failed_when',
      'local_action',
      'loop',
      'loop_control',
    ],
    ...['poll', 'register', 'retries', 'until', 'with_items'],
  ],
  P: [
    ...[
      'fact_path',
      'force_handlers',
      'gather_facts',
      'gather_subset',
      'gather_timeout',
      'handlers',
      'hosts',
    ],
    ...['max_fail_percentage', 'order', 'post_tasks', 'pre_tasks', 'roles', 'serial', 'strategy', 'tasks'],
    ...['vars_files', 'vars_prompt'],
  ],
}

const places = ['play', 'role', 'block', 'task'] as const
type Where = (typeof places)[number]

/** A value for each keyword that wants a certain one; the others take a text. */
const values: Readonly<Record<string, string>> = {
  ...{ connection: 'local', vars: '{ a: 1 }', module_defaults: '{ debug: {} }', environment: '{ A: b }' },
  ...{ loop: '[1]', loop_control: '{ label: x }', args: '{}', order: 'sorted', hosts: 'all', serial: '1' },
  ...{ tasks: '[]', pre_tasks: '[]', post_tasks: '[]', handlers: '[]', roles: '[]', vars_files: '[]' },
  ...{
    vars_prompt: '[{ name: a, default: b }]',
    max_fail_percentage: '10',
    throttle: '1',
    action: 'debug',
    register: 'a',
  },
  ...{
    local_action: 'debug',
    block: '[]',
    rescue: '[]',
    always: '[]',
    delay: '1',
    retries: '1',
    until: 'true',
  },
  ...{
    when: 'true',
    changed_when: 'true',
    failed_when: 'false',
    become: 'true',
    run_once: 'true',
    tags: 'a',
  },
}

/** A playbook that says the keyword in that place, and nothing else that could be a fault. */
function playbookWith(keyword: string, where: Where): string {
  const word = `${keyword}: ${values[keyword] ?? '"1"'}`
  const needed = where === 'block' ? 'block' : where === 'play' ? 'hosts' : undefined
  const rest =
    keyword === needed
      ? ''
      : { play: 'hosts: all, ', role: 'role: r, ', block: 'block: [], ', task: '' }[where]
  const isModule = keyword === 'action' || keyword === 'local_action'
  const loop = keyword === 'loop_control' ? 'loop: [1], ' : ''
  const node = `{ ${where === 'task' && !isModule ? 'debug: {}, ' : ''}${loop}${rest}${word} }`
  if (where === 'play') return `- ${node}\n`
  return where === 'role' ? `- { hosts: all, roles: [${node}] }\n` : `- { hosts: all, tasks: [${node}] }\n`
}

/** The faults of that playbook. */
function faultsOf(keyword: string, where: Where): readonly string[] {
  const folder = makeFolder({ 'roles/r/tasks/main.yml': '[]\n', 'p.yml': playbookWith(keyword, where) })
  try {
    loadPlaybook(`${folder.path}/p.yml`)
    return []
  } catch (error) {
    return (error as { readonly problems: readonly { readonly message: string }[] }).problems.map(
      ({ message }) => message,
    )
  } finally {
    folder.remove()
  }
}

/** Rows of the table of keywords: name, then what each place makes of it, then why. */
function rows(): ReadonlyMap<string, readonly string[]> {
  const page = readFileSync('docs/playbooks.md', 'utf8')
  const table = page.slice(page.indexOf('| keyword | play |')).split('\n\n')[0] ?? ''
  const lines = table.split('\n').slice(2)
  return new Map(
    lines.map((line) => {
      const [name = '', ...cells] = line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim())
      return [name.replaceAll('`', ''), cells] as const
    }),
  )
}

const table = rows()

test('the table names every keyword of Ansible once', () => {
  assert.equal([...table.keys()], Object.values(ansible).flat().toSorted())
})

for (const [name, cells] of table) {
  test(`${name} is taken as the table says`, () => {
    const [letters = ''] = Object.entries(ansible).find(([, names]) => names.includes(name)) ?? []
    for (const [index, where] of places.entries()) {
      const said = cells[index] ?? ''
      const isAnsibles = letters.includes(where[0]?.toUpperCase() ?? '-')
      assert.ok(
        (isAnsibles ? ['yes', 'other', 'refused'] : ['more', '–']).includes(said),
        `${where}: ${said}`,
      )
      const faults = faultsOf(name, where)
      // An entry of `roles` takes any other word as a parameter, as in Ansible.
      const isParameter = where === 'role' && said === '–'
      const takes = isParameter || ['yes', 'other', 'more'].includes(said)
      assert.is(faults.length === 0, takes, `${where}: ${said}, and its faults are ${JSON.stringify(faults)}`)
      if (said === 'refused') assert.match(faults[0] ?? '', `"${name}" is not taken: `)
      if (said === 'other') assert.ok((cells[4] ?? '').length > 0, 'what is different must be said')
    }
  })
}

test.run()
