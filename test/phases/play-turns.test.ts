import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { inventoryOf, messages, outcomes, playText, type PlaybookRun } from '../support/run-playbook.ts'

const two = inventoryOf({ h1: {}, h2: {} })
const four = inventoryOf({ h1: {}, h2: {}, h3: {}, h4: {} })

/** "host task" of each result with this status. */
function doneBy(run: PlaybookRun, task: string): readonly string[] {
  return run.results
    .filter((each) => each.task === task)
    .map((each) => each.host)
    .sort()
}

test('run_once: the first host does it however late it comes, the others wait', async () => {
  const run = await playText(
    `
- hosts: all
  tasks:
    - { name: late, shell: "while [ ! -e DIR/others ]; do sleep 0.05; done", when: "inventory_hostname === 'h1'" }
    - { name: others, shell: "touch DIR/others", when: "inventory_hostname === 'h2'" }
    - { name: once, set_fact: { token: "from <%= inventory_hostname %>" }, run_once: true }
    - { name: told, debug: { msg: "<%= token %>" } }
`,
    { inventory: two },
  )
  assert.equal(doneBy(run, 'once'), ['h1'])
  assert.equal(
    messages(run).filter((text) => text.startsWith('told')),
    ['told = from h1', 'told = from h1'],
  )
})

test('run_once: when the first host has failed or left, the next one does it; in an include in a loop each time', async () => {
  const run = await playText(
    `
- hosts: all
  tasks:
    - { name: bad, command: "false", when: "inventory_hostname === 'h1'" }
    - { meta: end_host, when: "inventory_hostname === 'h2'" }
    - { include_tasks: part.yml, loop: [1, 2] }
`,
    {
      inventory: four,
      files: { 'part.yml': '- { name: once, debug: { msg: "<%= item %>" }, run_once: true }\n' },
    },
  )
  assert.equal(doneBy(run, 'once'), ['h3', 'h3'])
  assert.equal(
    messages(run).filter((text) => text.startsWith('once')),
    ['once = 1', 'once = 2'],
  )
})

test('run_once in an always part: a host that failed and has nobody left does it itself', async () => {
  const run = await playText(
    `
- hosts: all
  tasks:
    - block: [{ name: bad, command: "false" }]
      always: [{ name: once, debug: {}, run_once: true }]
`,
    { inventory: two, forks: 1 },
  )
  assert.equal(doneBy(run, 'once'), ['h1'])
  assert.equal(run.recap.failed, ['h1', 'h2'])
})

test('serial: run_once is done once by each batch', async () => {
  const text = (serial: string): string =>
    `- { hosts: all, serial: ${serial}, tasks: [{ name: once, debug: {}, run_once: true }] }\n`
  assert.equal(doneBy(await playText(text('2'), { inventory: four }), 'once'), ['h1', 'h3'])
  assert.equal(doneBy(await playText(text('[1, 3]'), { inventory: four }), 'once'), ['h1', 'h2'])
})

test('end_play: hosts that are not there yet do what stands before it', async () => {
  const run = await playText(
    `
- hosts: all
  tasks:
    - { name: slow, shell: "while [ ! -e DIR/fast ]; do sleep 0.05; done", when: "inventory_hostname === 'h1'" }
    - { name: fast, shell: "touch DIR/fast", when: "inventory_hostname === 'h2'" }
    - { name: before, debug: {} }
    - { meta: end_play }
    - { name: never, debug: {} }
- hosts: all
  tasks: [{ name: next, debug: {} }]
`,
    { inventory: two },
  )
  assert.equal(doneBy(run, 'before'), ['h1', 'h2'])
  assert.equal(doneBy(run, 'never'), [])
  assert.equal(doneBy(run, 'next'), ['h1', 'h2'])
})

test('end_play with a condition: that of the first host decides; with serial no further host begins', async () => {
  const text = (host: string): string => `
- hosts: all
  tasks:
    - { meta: end_play, when: "inventory_hostname === '${host}'" }
    - { name: after, debug: {} }
`
  assert.equal(doneBy(await playText(text('h1'), { inventory: two }), 'after'), [])
  assert.equal(doneBy(await playText(text('h2'), { inventory: two }), 'after'), ['h1', 'h2'])
  const serial = '- { hosts: all, serial: 1, tasks: [{ name: a, debug: {} }, { meta: end_play }] }\n'
  assert.equal(doneBy(await playText(serial, { inventory: two }), 'a'), ['h1'])
})

test('a condition of meta may look at facts', async () => {
  const run = await playText(`
- hosts: all
  tasks:
    - { meta: end_host, when: ansible_facts.hostname !== '' }
    - { name: never, debug: {} }
`)
  assert.equal(outcomes(run), [])
})

test('handlers that notify: one that stands later runs in its place, one that stands before in the next pass', async () => {
  const run = await playText(`
- hosts: all
  tasks: [{ name: t, command: "true", notify: [second, fourth] }]
  handlers:
    - { name: first, debug: {} }
    - { name: second, command: "true", notify: [first, third] }
    - { name: third, debug: {} }
    - { name: fourth, debug: {} }
`)
  assert.equal(
    run.results.map((each) => each.task),
    ['t', 'second', 'third', 'fourth', 'first'],
  )
})

test('until: attempts are the tries up to the success, or the retries; a condition that never holds is a failure', async () => {
  const run = await playText(`
- hosts: all
  tasks:
    - { name: a, shell: "echo x >> DIR/n; wc -l < DIR/n", register: a, until: Number(a.stdout) >= 2, delay: 0 }
    - { name: b, command: "true", register: b, until: b.rc === 0 }
    - { name: c, command: "true", register: c, until: c.rc === 1, retries: 2, delay: 0, ignore_errors: true }
    - { name: told, debug: { msg: "<%= a.attempts %> <%= b.attempts %> <%= c.attempts %> <%= c.failed %>" } }
`)
  assert.is(messages(run).at(-1), 'told = 2 1 2 true')
  assert.equal(outcomes(run).slice(2), ['c: ignored', 'told: ok'])
})

test('script with creates that is there is skipped, command is not', async () => {
  const run = await playText(
    `
- hosts: all
  tasks:
    - { name: a, script: "run.sh", args: { creates: / }, register: a }
    - { name: b, command: "touch /", args: { creates: / } }
    - { name: c, unarchive: { src: none.tar, dest: /tmp, creates: / } }
    - { name: told, debug: { msg: "<%= a.skipped %>" } }
`,
    { files: { 'files/run.sh': 'exit 1\n' } },
  )
  assert.equal(outcomes(run), ['a: skipped', 'b: ok', 'c: skipped', 'told: ok'])
  assert.is(messages(run).at(-1), 'told = true')
})

test('a rescued failure counts as rescued, an ignored one that changed something as both', async () => {
  const run = await playText(`
- hosts: all
  tasks:
    - block: [{ name: bad, command: "false", loop: [1, 2] }]
      rescue: [{ name: saved, debug: {} }]
    - { name: minded, command: "false", ignore_errors: true }
    - { name: unchanged, command: "false", ignore_errors: true, changed_when: false }
`)
  const statuses = [
    'bad (1): rescued',
    'bad (2): rescued',
    'saved: ok',
    'minded: ignored',
    'unchanged: ignored',
  ]
  assert.equal(outcomes(run), statuses)
  assert.equal(
    run.results.map((each) => each.changed === true),
    [false, false, false, true, false],
  )
  const counts = { ok: 1, changed: 1, skipped: 0, failed: 0, rescued: 1, ignored: 2 }
  assert.equal(run.recap.hosts, [{ host: 'h1', ...counts, unreachable: false }])
  assert.is(run.recap.exitCode, 0)
})

test('what fails inside of a rescue has failed', async () => {
  const run = await playText(`
- hosts: all
  tasks:
    - block: [{ name: bad, command: "false" }]
      rescue: [{ name: worse, command: "false" }]
`)
  assert.equal(outcomes(run), ['bad: rescued', 'worse: failed'])
  assert.is(run.recap.exitCode, 1)
})

test('a skipped task gives its register anew: what an older task registered counts no more', async () => {
  const run = await playText(`
- hosts: all
  tasks:
    - { name: first, command: echo hi, register: said }
    - { meta: flush_handlers }
    - { name: not this, command: echo no, when: false, register: said }
    - { name: sees it, debug: { msg: seen }, when: said.skipped }
`)
  assert.equal(outcomes(run), ['first: changed', 'not this: skipped', 'sees it: ok'])
})

test('always: not of a block that stands behind a failed task; but of one of which tags leave nothing else', async () => {
  const behind = await playText(`
- hosts: all
  tasks:
    - { name: breaks, command: "false" }
    - block: [{ name: skipped, debug: {}, when: false }]
      always: [{ name: never, debug: {} }]
`)
  assert.equal(outcomes(behind), ['breaks: failed'])
  const text = `
- hosts: all
  tasks:
    - block: [{ name: other, debug: {} }]
      always: [{ name: tidy, debug: {}, tags: red }]
`
  assert.equal(outcomes(await playText(text, { tags: ['red'] })), ['tidy: ok'])
})

test.run()
