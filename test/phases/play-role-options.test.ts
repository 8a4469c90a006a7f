import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { inventoryOf, messages, outcomes, playText } from '../support/run-playbook.ts'

const two = inventoryOf({ h1: {}, h2: {} })

test('tasks_from, vars_from, defaults_from and handlers_from take another file of the role', async () => {
  const run = await playText(
    `
- hosts: all
  tasks:
    - include_role: { name: r, tasks_from: other.yml, vars_from: other, defaults_from: other, handlers_from: other }
    - { name: touch, command: "true", notify: [told, main told] }
`,
    {
      files: {
        'roles/r/tasks/other.yml':
          '- { name: values, debug: { msg: "<%= a %> <%= b %>" } }\n- { name: t, command: "true", notify: told }\n',
        'roles/r/defaults/other.yml': 'a: default\n',
        'roles/r/vars/other.yml': 'b: var\n',
        'roles/r/handlers/other.yml': '- { name: told, debug: { msg: other } }\n',
        'roles/r/handlers/main.yml': '- { name: main told, debug: { msg: main } }\n',
      },
    },
  )
  assert.equal(messages(run).slice(0, 1), ['r : values = default var'])
  assert.equal(outcomes(run).slice(-1), ['r : told: ok'], 'the handlers of main.yml are not there')
})

test('public shows the variables of a role to what follows, and without it nothing does', async () => {
  const files = {
    'roles/open/defaults/main.yml': 'shown: yes it is\n',
    'roles/open/vars/main.yml': 'strong: role\n',
    'roles/open/tasks/main.yml': '[]\n',
  }
  const text = (isPublic: boolean, how = 'include'): string => `
- hosts: all
  vars: { strong: play }
  tasks:
    - ${how}_role: { name: open${how === 'import' ? '' : `, public: ${isPublic}`} }
    - { name: see, debug: { msg: "<%= vars.shown ?? 'hidden' %> <%= strong %>" } }
`
  assert.is(messages(await playText(text(true), { files })).at(-1), 'see = yes it is role')
  assert.is(messages(await playText(text(false), { files })).at(-1), 'see = hidden play')
  assert.is(messages(await playText(text(false, 'import'), { files })).at(-1), 'see = yes it is role')
})

test('a role sees the variables of those that it was included from, and its own are stronger', async () => {
  const run = await playText('- { hosts: all, tasks: [{ include_role: { name: outer } }] }\n', {
    files: {
      'roles/outer/defaults/main.yml': 'a: outer\nb: outer\n',
      'roles/outer/tasks/main.yml': '- include_role: { name: inner }\n',
      'roles/inner/defaults/main.yml': 'b: inner\n',
      'roles/inner/tasks/main.yml': '- { name: see, debug: { msg: "<%= a %> <%= b %>" } }\n',
    },
  })
  assert.equal(messages(run), ['inner : see = outer inner'])
})

test('a dependency of several included roles runs once, allow_duplicates: false holds an include back', async () => {
  const files = {
    'roles/base/tasks/main.yml': '- { name: base, command: "true" }\n',
    'roles/a/meta/main.yml': 'dependencies: [base]\n',
    'roles/a/tasks/main.yml': '- { name: a, command: "true" }\n',
    'roles/b/meta/main.yml': 'dependencies: [{ role: base }]\n',
    'roles/b/tasks/main.yml': '- { name: b, command: "true" }\n',
  }
  const run = await playText(
    `
- hosts: all
  tasks:
    - include_role: { name: a }
    - include_role: { name: b }
    - include_role: { name: b, allow_duplicates: false }
    - include_role: { name: b, allow_duplicates: false }
    - import_role: { name: a }
`,
    { files },
  )
  assert.equal(
    outcomes(run).map((each) => each.replace(/: changed$/, '')),
    ['base : base', 'a : a', 'b : b', 'b : b', 'a : a'],
  )
})

test('a role whose tasks were all skipped has not run', async () => {
  const run = await playText(
    `
- hosts: all
  tasks:
    - { include_role: { name: r, allow_duplicates: false } }
    - { set_fact: { go: true } }
    - { include_role: { name: r, allow_duplicates: false } }
    - { include_role: { name: r, allow_duplicates: false } }
`,
    { files: { 'roles/r/tasks/main.yml': '- { name: t, command: "true", when: vars.go === true }\n' } },
  )
  assert.equal(outcomes(run), ['r : t: skipped', 'set_fact: ok', 'r : t: changed'])
})

test('a role of the list runs once more under other tags or another condition', async () => {
  const files = { 'roles/r/tasks/main.yml': '- { name: t, command: "true" }\n' }
  const text = '- { hosts: all, roles: [r, r, { role: r, tags: x }, { role: r, when: "1 < 2" }] }\n'
  assert.is(outcomes(await playText(text, { files })).length, 3)
})

test('notify of a block holds for its tasks that have none', async () => {
  const run = await playText(`
- hosts: all
  tasks:
    - notify: one
      block:
        - { name: a, command: "true" }
        - { name: b, command: "true", notify: two }
  handlers:
    - { name: one, command: "true" }
    - { name: two, command: "true" }
`)
  assert.equal(
    outcomes(run).map((each) => each.replace(/: changed$/, '')),
    ['a', 'b', 'one', 'two'],
  )
})

const specified = {
  'roles/r/tasks/main.yml': '- { name: t, command: "true" }\n',
  'roles/r/meta/argument_specs.yml': `argument_specs:
  main:
    short_description: a test
    options:
      port: { type: int, required: true }
      mode:
        choices: [fast, safe]
        default: safe
      listen:
        type: list
        elements: dict
        options:
          address: { required: true }
          port: { type: int }
`,
}

test('a role with an argument specification is checked where it begins, and all faults are told with their lines', async () => {
  const play = (role: string): string => `- { hosts: all, roles: [{ role: r, ${role} }] }\n`
  const good = await playText(play('vars: { port: "80", listen: [{ address: a }] }'), { files: specified })
  assert.equal(outcomes(good), [
    "r : Validating arguments against arg spec 'main' - a test: ok",
    'r : t: changed',
  ])
  const bad = await playText(play('vars: { port: x, mode: slow, listen: [{ port: 1 }, { addres: b }] }'), {
    files: specified,
  })
  assert.is(bad.recap.exitCode, 1)
  assert.equal(
    (bad.results[0]?.message ?? '').split('\n').map((line) => line.replace(/^.*argument_specs/, '')),
    [
      'arguments are not as specified:',
      '.yml:5: argument port is of type str and cannot be made int',
      '.yml:6: mode must be one of: fast, safe; got: slow',
      '.yml:13: missing required argument: listen[0] -> address',
      'unsupported argument: listen[1] -> addres; did you mean address?',
      '.yml:13: missing required argument: listen[1] -> address',
    ],
  )
})

test('rolespec_validate: false and other entry points leave the check out, unknown parameters are faults', async () => {
  const files = { ...specified, 'roles/r/tasks/free.yml': '- { name: free, command: "true" }\n' }
  const run = await playText(
    `
- hosts: all
  tasks:
    - include_role: { name: r, rolespec_validate: false }
    - include_role: { name: r, tasks_from: free }
    - { import_role: { name: r }, vars: { port: 1 } }
`,
    { files, inventory: two },
  )
  assert.is(run.recap.exitCode, 0)
  const own = await playText('- { hosts: all, roles: [{ role: r, vars: { port: 1 }, prot: 2 }] }\n', {
    files,
  })
  assert.match(own.results[0]?.message ?? '', 'unsupported argument: prot; did you mean port?')
})

test('vars_files: the first of a list that is there, names with templates, and none at all is a fault', async () => {
  const files = {
    'vars/small.yml': 'size: small\n',
    'vars/large.yml': 'size: large\n',
    'vars/default.yml': 'size: default\n',
  }
  const text = (entry: string): string => `
- hosts: all
  vars_files: [${entry}]
  tasks: [{ debug: { msg: "<%= vars.size ?? 'none' %>" } }]
`
  const inventory = inventoryOf({ h1: { vars: { kind: 'small' } }, h2: { vars: { kind: 'large' } } })
  const sizes = async (entry: string): Promise<readonly string[]> =>
    (await playText(text(entry), { files, inventory })).results.map(({ message }) => message ?? '')
  assert.equal(await sizes('[vars/absent.yml, vars/default.yml]'), ['default', 'default'])
  assert.equal((await sizes('"vars/<%= kind %>.yml"')).toSorted(), ['large', 'small'])
  assert.equal(await sizes('["vars/no-<%= kind %>.yml", vars/default.yml]'), ['default', 'default'])
  assert.equal(await sizes('"vars/<%= nobody_knows %>.yml"'), ['none', 'none'])
  assert.equal(
    (await sizes('vars/default.yml, "vars/<%= size %>-<%= kind %>.yml"'))[0]?.includes('cannot find'),
    true,
  )
  try {
    await sizes('[vars/absent.yml, vars/none.yml]')
    assert.unreachable()
  } catch (error) {
    assert.match(
      String((error as { problems?: readonly { message: string }[] }).problems?.[0]?.message),
      'cannot find',
    )
  }
})

test('a role whose name is made at run time is found; one that cannot be read is a fault only when it is meant', async () => {
  const files = {
    'roles/web-a/tasks/main.yml': '- { name: a, debug: { msg: a } }\n',
    'roles/web-b/tasks/main.yml': '- { name: b, no_such_module: {} }\n',
  }
  const text = (kind: string): string =>
    `- { hosts: all, tasks: [{ include_role: { name: "web-<%= kind %>" }, vars: { kind: ${kind} } }] }\n`
  assert.equal(messages(await playText(text('a'), { files })), ['web-a : a = a'])
  assert.match((await playText(text('b'), { files })).results[0]?.message ?? '', 'there is no role web-b')
})

test('facts of a delegated setup belong to the other host with delegate_facts, else to the own', async () => {
  const run = await playText(
    `
- hosts: h1
  tasks:
    - { setup: , delegate_to: h2, delegate_facts: true }
    - { name: theirs, debug: { msg: "<%= hostvars.h2.ansible_facts !== undefined %> <%= hostvars.h1.ansible_facts === undefined %>" } }
    - { setup: , delegate_to: h3 }
    - { name: own, debug: { msg: "<%= hostvars.h3.ansible_facts === undefined %> <%= hostvars.h1.ansible_facts !== undefined %>" } }
`,
    { inventory: inventoryOf({ h1: {}, h2: {}, h3: {} }) },
  )
  assert.equal(
    messages(run).filter((each) => !each.startsWith('setup')),
    ['theirs = true true', 'own = true true'],
  )
})

test('action and local_action, run_once by a template, lookups like loops', async () => {
  const run = await playText(
    `
- hosts: all
  vars: { once: "yes" }
  tasks:
    - { name: text, action: 'debug msg="a text"', run_once: "<%= once %>" }
    - { name: map, action: { module: debug, msg: a map }, run_once: "true" }
    - { name: local, local_action: command echo here, run_once: true, register: said }
    - { name: told, debug: { msg: "<%= said.stdout %>" }, run_once: true }
    - { name: nested, debug: { msg: "<%= query('nested', [1, 2], [3]).join(';') %>" }, run_once: true }
    - { name: sequence, debug: { msg: "<%= lookup('sequence', 'start=1 end=3') %>" }, run_once: true }
`,
    { inventory: inventoryOf({ h1: {}, h2: {} }) },
  )
  assert.equal(
    messages(run).filter((each) => !each.startsWith('local')),
    ['text = a text', 'map = a map', 'told = here', 'nested = 1,3;2,3', 'sequence = 1,2,3'],
  )
})

test('faults of the specification itself are told before anything runs', async () => {
  const files = {
    'roles/r/tasks/main.yml': '[]\n',
    'roles/r/meta/main.yml':
      'argument_specs:\n  main:\n    options:\n      a: { type: inf }\n      b: { requird: true }\n',
  }
  try {
    await playText('- { hosts: all, roles: [r] }\n', { files })
    assert.unreachable()
  } catch (error) {
    const problems = (error as { readonly problems: readonly { readonly message: string }[] }).problems
    assert.equal(
      problems.map(({ message }) => message),
      [
        'unknown type "inf"; did you mean "int"?',
        'unknown keyword of an option "requird"; did you mean "required"?',
      ],
    )
  }
})

test.run()
