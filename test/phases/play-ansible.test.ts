import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { UnreachableError } from '../../src/kernel/errors.ts'
import { inventoryOf, localTransport, messages, outcomes, playText } from '../support/run-playbook.ts'

const two = inventoryOf({ h1: {}, h2: {} })

async function faultOf(text: string): Promise<string> {
  return playText(text).then(
    () => 'no fault',
    (error: Error & { detail?: string }) => `${error.message}\n${error.detail ?? ''}`,
  )
}

test('rescue sees what failed', async () => {
  const run = await playText(`
- hosts: all
  tasks:
    - block: [{ name: bad, command: "sh -c 'exit 7'" }]
      rescue: [{ name: told, debug: { msg: "<%= ansible_failed_task.name %> <%= ansible_failed_result.rc %>" } }]
`)
  assert.is(run.results.at(-1)?.message, 'bad 7')
  assert.is(run.recap.exitCode, 0)
})

test('a host that cannot be reached is not rescued; ignore_unreachable goes on', async () => {
  const spoilt = (): ReturnType<typeof localTransport> =>
    localTransport(() => {
      throw new UnreachableError('no route')
    })
  const rescued =
    '- hosts: all\n  tasks: [{ block: [{ name: a, command: "true" }], rescue: [{ name: r, debug: {} }] }]\n'
  assert.equal(outcomes(await playText(rescued, { transport: spoilt() })), ['connect: unreachable'])
  const ignored = await playText(
    `
- hosts: all
  tasks:
    - { name: a, command: "true", ignore_unreachable: true, register: r }
    - { name: told, debug: { var: r.unreachable } }
`,
    { transport: spoilt() },
  )
  assert.equal(messages(ignored).at(-1), 'told = r.unreachable = true')
  assert.is(ignored.recap.exitCode, 0)
  assert.is(ignored.recap.hosts[0]?.ignored, 1)
})

test('what needed nothing of a host that is lost is told before its loss, and counted', async () => {
  const lost = await playText(
    `
- hosts: all
  gather_facts: false
  tasks:
    - { name: said, debug: { msg: hello } }
    - { name: left out, command: "true", when: 1 === 2 }
    - { name: away, command: "true" }
    - { name: never, debug: { msg: never } }
`,
    {
      transport: localTransport(() => {
        throw new UnreachableError('no route')
      }),
    },
  )
  assert.equal(outcomes(lost), ['said: ok', 'left out: skipped', 'connect: unreachable'])
  const [recap] = lost.recap.hosts
  assert.equal([recap?.ok, recap?.skipped, recap?.unreachable], [1, 1, true])
})

test('no_log hides items, parameters, faults and output', async () => {
  const run = await playText(`
- hosts: all
  no_log: true
  tasks:
    - { name: loop, command: "sh -c 'echo <%= item %> >&2; exit 1'", loop: [hush1, hush2], ignore_errors: true }
    - { name: fault, file: { path: "<%= 'hush-no-path' %>", state: file }, ignore_errors: true }
    - { name: said, fail: { msg: hush3 } }
`)
  assert.not.match(JSON.stringify(run.events.filter((each) => each.kind !== 'play-started')), 'hush')
  assert.is(run.recap.exitCode, 1)
})

test('any_errors_fatal on a block stops the play, and who was not started is named', async () => {
  const run = await playText(
    `
- hosts: all
  serial: 1
  tasks:
    - block: [{ name: bad, command: "false" }]
      any_errors_fatal: true
`,
    { inventory: inventoryOf({ h1: {}, h2: {}, h3: {} }) },
  )
  assert.equal(run.recap.failed, ['h1'])
  assert.equal(run.recap.notStarted, ['h2', 'h3'])
  assert.match(JSON.stringify(run.events), 'any_errors_fatal, after h1')
})

test('module_defaults give what a task does not, and may give what is required', async () => {
  const run = await playText(`
- hosts: all
  module_defaults: { debug: { msg: outer }, copy: { dest: DIR/f } }
  tasks:
    - { name: a, debug: {} }
    - { name: b, debug: { msg: own } }
    - { name: c, copy: { content: x } }
    - block: [{ name: d, debug: {} }]
      module_defaults: { debug: { msg: inner } }
`)
  assert.equal(
    run.results.filter((each) => each.task !== 'c').map((each) => each.message),
    ['outer', 'own', 'inner'],
  )
})

test('throttle: one host at a time does the task', async () => {
  const run = await playText(
    `
- hosts: all
  tasks:
    - { name: alone, shell: "mkdir DIR/lock && sleep 0.1 && rmdir DIR/lock", throttle: 1 }
`,
    { inventory: inventoryOf({ h1: {}, h2: {}, h3: {}, h4: {} }) },
  )
  assert.is(run.recap.exitCode, 0, JSON.stringify(run.results))
})

test('tags of what is included are its own; apply adds some', async () => {
  const text = `
- hosts: all
  tasks:
    - { include_tasks: part.yml, tags: x }
    - { include_tasks: { file: part.yml, apply: { tags: x } }, tags: x }
    - { import_tasks: part.yml, tags: y }
`
  const files = { 'part.yml': '- { name: p, debug: {} }\n- { name: q, debug: {}, tags: x }\n' }
  assert.equal(outcomes(await playText(text, { files, tags: ['x'] })), ['q: ok', 'p: ok', 'q: ok', 'q: ok'])
  assert.equal(outcomes(await playText(text, { files, tags: ['y'] })), ['p: ok', 'q: ok'])
})

test('add_host, group_by and include_vars are there for what follows', async () => {
  const run = await playText(
    `
- hosts: h1
  tasks:
    - { add_host: { name: extra, groups: [made], color: red } }
    - { group_by: { key: "os_<%= ansible_os_family.toLowerCase() %>" } }
    - { include_vars: more.yml }
    - { name: included, debug: { msg: "<%= deep %>" } }
- hosts: made
  connection: local
  tasks: [{ name: there, debug: { msg: "<%= color %> <%= group_names.join() %>" } }]
- hosts: os_*
  tasks: [{ name: grouped, debug: { msg: "<%= groups.made.join() %>" } }]
`,
    { files: { 'vars/more.yml': 'base: 1\ndeep: "<%= base + 1 %>"\n' } },
  )
  assert.equal(messages(run).slice(3), ['included = 2', 'there = red made', 'grouped = extra'])
})

test('delegate_facts, lookups and facts under Ansible’s names', async () => {
  const run = await playText(
    `
- hosts: h1
  tasks:
    - { set_fact: { color: blue }, delegate_to: h2, delegate_facts: true }
    - { name: a, debug: { msg: "<%= hostvars.h2.color %> <%= lookup('env', 'WORD') %> <%= lookup('template', 't') %> <%= query('fileglob', '*.c').length %>" } }
    - { name: b, assert: { that: ["ansible_hostname === ansible_facts.hostname", "ansible_memtotal_mb > 0", "ansible_default_ipv4.interface !== undefined"] } }
    - { name: c, debug: { msg: "<%= lookup('pipe', 'ls') %>" } }
`,
    {
      inventory: two,
      environment: { WORD: 'w' },
      files: { 'templates/t': 'T<%= inventory_hostname %>', 'files/x.c': '' },
    },
  )
  assert.is(run.results[1]?.message, 'blue w Th1 1')
  assert.is(run.results[2]?.status, 'ok', JSON.stringify(run.results[2]))
  assert.match(run.results[3]?.message ?? '', /lookup "pipe" is not taken: run the command in a task/)
})

test('start at a task, ends of hosts and roles, order', async () => {
  const started = await playText(
    '- hosts: all\n  tasks: [{ name: a, debug: {} }, { name: b one, debug: {} }, { name: c, debug: {} }]\n',
    { startAtTask: 'b*' },
  )
  assert.equal(outcomes(started), ['b one: ok', 'c: ok'])
  const ended = await playText('- hosts: all\n  roles: [r]\n  tasks: [{ name: after, debug: {} }]\n', {
    files: {
      'r/tasks/main.yml': '- { name: in, debug: {} }\n- meta: end_role\n- { name: never, debug: {} }\n',
    },
  })
  assert.equal(outcomes(ended), ['r : in: ok', 'after: ok'])
  const ordered = await playText(
    '- { hosts: all, order: reverse_sorted, serial: 1, tasks: [{ debug: {} }] }\n',
    { inventory: two },
  )
  assert.equal(
    ordered.results.map((each) => each.host),
    ['h2', 'h1'],
  )
})

test('Jinja and keywords that are not taken are refused with the line and the way to write them', async () => {
  const text = await faultOf(`
- hosts: all
  tasks:
    - { debug: { msg: "{{ name | default('x') }}" } }
    - { command: "docker ps --format '{{.Names}} {{json .}}'", when: x is defined }
    - { command: ls, when: "'a' in groups.web and y" }
    - { command: ls, async: 10 }
    - { debug: { msg: "<%= a b %>" } }
    - { meta: refresh_inventory }
    - { command: ls, when: "1 +" }
`)
  assert.match(text, /p\.yml:4: kmesos templates are EJS, not Jinja: write <%= name %> for/)
  assert.match(text, /p\.yml:5: "x is defined" is not JavaScript: write vars\.NAME !== undefined/)
  assert.not.match(text, 'json .')
  assert.match(text, /p\.yml:6: .*write && for "and"/)
  assert.match(text, /p\.yml:7: "async" is not taken/)
  assert.match(text, /p\.yml:8: cannot read the template/)
  assert.match(text, /p\.yml:9: meta: refresh_inventory is not taken/)
  assert.match(text, /p\.yml:10: "1 \+" is not JavaScript: Unexpected token/)
})

test('a file that includes itself, a ring of roles, a key twice, tabs', async () => {
  const files = { 'self.yml': '- { include_tasks: self.yml }\n' }
  const self = await playText('- { hosts: all, tasks: [{ include_tasks: self.yml }] }\n', { files })
  assert.match(
    self.results.at(-1)?.message ?? '',
    /self\.yml:1: more than 50 includes deep; does self\.yml include itself\?/,
  )
  assert.match(
    await faultOf('- hosts: all\n  tasks: [{ debug: {}, debug: {} }]\n'),
    /p\.yml:2: .*(twice|unique)/,
  )
  assert.match(await faultOf('- hosts: all\n\ttasks: []\n'), /p\.yml:\d: .*[Tt]ab/)
  const ring = { 'a/meta/main.yml': 'dependencies: [b]\n', 'b/meta/main.yml': 'dependencies: [a]\n' }
  const rings = await playText('- { hosts: all, roles: [a] }\n', { files: ring }).catch(
    (error: Error) => error.message,
  )
  assert.match(String(rings), /roles depend on each other: a -> b -> a/)
})

test('binary output, a line of 1 MB and one without an end arrive whole and in order', async () => {
  const run = await playText(
    `
- hosts: all
  tasks:
    - name: long
      shell: "i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done; printf '\\\\377\\\\001x\\\\n'; head -c 1000000 /dev/zero | tr '\\\\0' a; printf end"
      register: r
    - { name: whole, copy: { dest: DIR/out, content: "<%= r.stdout.length %> <%= r.stdout.slice(-3) %> <%= r.stdout_lines.length %>" } }
`,
    { look: (folder) => assert.match(readFileSync(`${folder}/out`, 'utf8'), / end 2002$/) },
  )
  const lines = run.events.flatMap((each) => (each.kind === 'output' ? [each.line] : []))
  assert.equal(
    lines.slice(0, 2000),
    Array.from({ length: 2000 }, (_, index) => `line ${index}`),
  )
  assert.is(lines.at(-1)?.length, 1_000_003)
})

test.run()
