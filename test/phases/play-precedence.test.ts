import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Vars } from '../../src/inventory/types.ts'
import { inventoryOf, localTransport, messages, outcomes, playText } from '../support/run-playbook.ts'

test('set_fact in a loop sees what the items before it have set', async () => {
  const run = await playText(`
- hosts: all
  tasks:
    - { name: grow, set_fact: { grown: "<%= [...(vars.grown ?? []), item * 2] %>" }, loop: [1, 2, 3] }
    - { name: told, debug: { msg: "<%= grown.join() %>" } }
`)
  assert.is(messages(run).at(-1), 'told = 2,4,6')
})

test('vars of include_tasks and include_role beat set_fact, those of import_tasks and of a task do not', async () => {
  const run = await playText(
    `
- hosts: all
  tasks:
    - { set_fact: { v: fact, item: fact } }
    - { include_tasks: part.yml, vars: { v: param } }
    - { include_role: { name: r }, vars: { v: param } }
    - { import_tasks: part.yml, vars: { v: import } }
    - { name: own, debug: { msg: "<%= v %>" }, vars: { v: task } }
    - { include_tasks: items.yml, loop: [a] }
`,
    {
      files: {
        'part.yml': '- { name: part, debug: { msg: "<%= v %>" } }\n',
        'items.yml':
          '- { name: outer, debug: { msg: "<%= item %>" } }\n- { name: inner, debug: { msg: "<%= item %>" }, loop: [b] }\n',
        'r/tasks/main.yml': '- { name: role, debug: { msg: "<%= v %>" } }\n',
      },
    },
  )
  assert.equal(messages(run).slice(1), [
    'part = param',
    'r : role = param',
    'part = fact',
    'own = fact',
    'outer = a',
    'inner (b) = b',
  ])
})

test('become and its password may be variables of the play, of a role or of a task', async () => {
  const inner = localTransport()
  const seen: string[] = []
  const transport: typeof inner = {
    ...inner,
    connect: async (host) => {
      const connection = await inner.connect(host)
      const exec: typeof connection.exec = (argv, options = {}) => {
        const { become, ...rest } = options
        if (become) seen.push(`${become.user} ${become.password?.reveal()}`)
        return connection.exec(argv, rest)
      }
      return { ...connection, exec }
    },
  }
  const run = await playText(
    `
- hosts: all
  vars: { pass: hush, ansible_become_password: "<%= pass %>" }
  tasks:
    - { name: a, command: "true", become: true }
    - { name: b, command: "true", vars: { ansible_become: true, ansible_become_user: web, ansible_become_pass: x } }
    - { name: c, command: "true" }
`,
    { transport },
  )
  assert.equal(outcomes(run), ['a: changed', 'b: changed', 'c: changed'])
  assert.equal([...new Set(seen)], ['root hush', 'web hush'])
})

test('become: variables of every source beat the keywords', async () => {
  const seen: string[] = []
  const inner = localTransport()
  const transport: typeof inner = {
    ...inner,
    connect: async (host) => {
      const connection = await inner.connect(host)
      const exec: typeof connection.exec = (argv, { become, ...rest } = {}) => {
        seen.push(become ? `${become.user} by ${become.method}` : 'nobody else')
        return connection.exec(argv, rest)
      }
      return { ...connection, exec }
    },
  }
  const cases: readonly (readonly [task: string, who: string, hostVars?: Vars])[] = [
    ['become: true, become_user: web', 'web by sudo'],
    ['become: true, become_user: web', 'db by sudo', { ansible_become_user: 'db' }],
    ['become: true, become_method: su', 'root by doas', { ansible_become_method: 'doas' }],
    ['become: true', 'nobody else', { ansible_become: false }],
    ['become: false', 'root by sudo', { ansible_become: true }],
    ['become: true, become_user: web, vars: { ansible_become_user: task }', 'task by sudo'],
    ['become: true, become_user: web, vars: { ansible_become: "no" }', 'nobody else'],
    ['become_user: web', 'nobody else', { ansible_become_user: 'db' }],
  ]
  for (const [task, who, vars = {}] of cases) {
    seen.length = 0
    await playText(`- { hosts: all, tasks: [{ command: "true", ${task} }] }\n`, {
      transport,
      inventory: inventoryOf({ h1: { vars } }),
    })
    assert.equal([...new Set(seen)], [who], task)
  }
  seen.length = 0
  await playText(
    `
- hosts: all
  become: true
  become_user: play
  tasks:
    - set_fact: { ansible_become_user: fact }
    - { command: "true" }
`,
    { transport },
  )
  assert.equal([...new Set(seen)], ['fact by sudo'])
})

test('group_names are in order of their names', async () => {
  const run = await playText('- { hosts: all, tasks: [{ debug: { msg: "<%= group_names.join() %>" } }] }\n', {
    inventory: inventoryOf({ h1: { groups: ['web', 'db', 'app'] } }),
  })
  assert.is(run.results[0]?.message, 'app,db,web')
})

test('--tags tagged: what an include brings has the tags of what is around the include', async () => {
  const text = `
- hosts: all
  tags: play
  tasks: [{ include_tasks: part.yml, tags: web }]
- hosts: all
  tasks: [{ include_tasks: part.yml, tags: web }]
`
  const files = { 'part.yml': '- { name: p, debug: {} }\n' }
  assert.equal(outcomes(await playText(text, { files, tags: ['tagged'] })), [
    'p: ok',
    'include_tasks part.yml: skipped',
  ])
})

test.run()
