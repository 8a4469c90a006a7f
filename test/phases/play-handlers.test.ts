import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { inventoryOf, messages, outcomes, playText } from '../support/run-playbook.ts'

test('names with templates, role : handler, lists and topics', async () => {
  const run = await playText(
    `
- hosts: all
  vars: { svc: web }
  roles: [r]
  tasks:
    - { name: a, command: "true", notify: ["restart web", "<%= ['r : own', 'topic'] %>"] }
  handlers:
    - { name: "restart <%= svc %>", debug: { msg: web } }
    - { name: t1, listen: topic, debug: { msg: one } }
    - { name: t2, listen: [topic], debug: { msg: two } }
`,
    {
      files: { 'r/handlers/main.yml': '- { name: own, debug: { msg: role } }\n', 'r/tasks/main.yml': '[]\n' },
    },
  )
  assert.equal(messages(run).slice(1), ['r : own = role', 'restart web = web', 't1 = one', 't2 = two'])
})

test('a handler of the play is stronger than one of a role, and a role prefers its own', async () => {
  const role = (name: string): Record<string, string> => ({
    [`${name}/handlers/main.yml`]: `- { name: shared, debug: { msg: of ${name} } }\n`,
    [`${name}/tasks/main.yml`]: '- { name: t, command: "true", notify: shared }\n',
  })
  const files = { ...role('one'), ...role('two') }
  const own = await playText('- { hosts: all, roles: [one] }\n- { hosts: all, roles: [one, two] }\n', {
    files,
  })
  assert.equal(
    messages(own).filter((text) => text.includes('shared')),
    ['one : shared = of one', 'one : shared = of one', 'two : shared = of two'],
  )
  const ofPlay = await playText(
    '- { hosts: all, roles: [one], handlers: [{ name: shared, debug: { msg: of the play } }] }\n',
    { files },
  )
  assert.is(messages(ofPlay).at(-1), 'shared = of the play')
})

test('handlers of a role see the variables of its entry in the list', async () => {
  const run = await playText('- { hosts: all, roles: [{ role: r, vars: { sites: [main] } }] }\n', {
    files: {
      'r/defaults/main.yml': 'sites: []\n',
      'r/tasks/main.yml': '- { name: a, command: "true", notify: h }\n',
      'r/handlers/main.yml': '- { name: h, debug: { msg: "<%= item %>" }, loop: "<%= sites %>" }\n',
    },
  })
  assert.equal(messages(run).at(-1), 'r : h (main) = main')
})

test('skips what a module calls not needed', async () => {
  const run = await playText(
    '- { hosts: all, tasks: [{ name: s, script: x.sh, args: { creates: / }, register: r }, { name: t, debug: { var: r.skipped } }] }\n',
    { files: { 'files/x.sh': 'true\n' } },
  )
  assert.equal(outcomes(run), ['s: skipped', 't: ok'])
})

const failing = `
- hosts: all
  FORCE
  tasks:
    - { name: a, command: "true", notify: h }
    - { name: breaks, command: "false" }
    - { name: never, debug: {} }
  handlers:
    - { name: h, debug: { msg: handled } }
`

test('force_handlers, or --force-handlers: handlers of a host that failed run as well', async () => {
  assert.equal(outcomes(await playText(failing.replace('FORCE', ''))), ['a: changed', 'breaks: failed'])
  const forced = await playText(failing.replace('FORCE', 'force_handlers: true'))
  assert.equal(outcomes(forced), ['a: changed', 'breaks: failed', 'h: ok'])
  assert.is(forced.recap.exitCode, 1)
  assert.is(outcomes(await playText(failing.replace('FORCE', ''), { forceHandlers: true })).at(-1), 'h: ok')
})

test('flush_handlers in the middle, handlers that fail, and a task of a loop that notifies once', async () => {
  const run = await playText(`
- hosts: all
  tasks:
    - { name: a, command: "true", loop: [1, 2], notify: h }
    - meta: flush_handlers
    - { name: b, debug: {} }
    - { name: c, command: "true", notify: bad }
  post_tasks:
    - { name: not reached, debug: {} }
  handlers:
    - { name: h, debug: {} }
    - { name: bad, command: "false" }
`)
  assert.equal(outcomes(run).slice(2), ['h: ok', 'b: ok', 'c: changed', 'bad: failed'])
})

test('each host has handlers of its own', async () => {
  const run = await playText(
    `
- hosts: all
  tasks: [{ name: a, command: "true", changed_when: "inventory_hostname === 'h2'", notify: h }]
  handlers: [{ name: h, debug: {} }]
`,
    { inventory: inventoryOf({ h1: {}, h2: {} }) },
  )
  assert.equal(
    run.results.filter((each) => each.task === 'h').map((each) => each.host),
    ['h2'],
  )
})

test.run()
