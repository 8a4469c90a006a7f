import { existsSync, readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { UnreachableError } from '../../src/kernel/errors.ts'
import type { RunPlaysOptions } from '../../src/phases/play-types.ts'
import {
  inventoryOf,
  localTransport,
  makeFolder,
  outcomes,
  runPlaybook,
  type CountingTransport,
  type PlaybookRun,
} from '../support/run-playbook.ts'

const three = inventoryOf({ h1: {}, h2: {}, h3: {} })

/** Runs tasks (YAML, two spaces deep) of one play; `DIR` in the text is a folder of the test's own. */
async function play(
  text: string,
  options: Partial<RunPlaysOptions> & { readonly transport?: CountingTransport } = {},
  look?: (folder: string) => void,
): Promise<PlaybookRun> {
  const folder = makeFolder()
  try {
    const file = folder.write('p.yml', text.replaceAll('DIR', folder.path))
    const run = await runPlaybook(file, options)
    look?.(folder.path)
    return run
  } finally {
    folder.remove()
  }
}

test('handlers run once, in the order in which they are written, and may notify later ones', async () => {
  const run = await play(`
- hosts: all
  tasks:
    - { name: one, command: "true", notify: [last, first] }
    - { name: two, command: "true", notify: first }
    - { name: quiet, command: "true", changed_when: false, notify: never }
  handlers:
    - { name: first, command: "true", notify: chained }
    - { name: never, command: "true" }
    - { name: last, command: "true" }
    - { name: by topic, listen: chained, command: "true" }
`)
  assert.equal(outcomes(run), [
    'one: changed',
    'two: changed',
    'quiet: ok',
    'first: changed',
    'last: changed',
    'by topic: changed',
  ])
})

test('run_once is done by one host, and all know its result', async () => {
  const run = await play(
    `
- hosts: all
  tasks:
    - { name: once, shell: "echo x >> DIR/log; echo told", run_once: true, register: said }
    - { name: all know, assert: { that: "said.stdout === 'told'" } }
`,
    { inventory: three },
    (folder) => assert.is(readFileSync(`${folder}/log`, 'utf8'), 'x\n'),
  )
  assert.is(run.recap.exitCode, 0)
  assert.is(run.results.filter((result) => result.task === 'all know' && result.status === 'ok').length, 3)
})

test('serial gives slots, and any_errors_fatal keeps the next host from being touched', async () => {
  const run = await play(
    `
- hosts: all
  serial: 1
  any_errors_fatal: true
  tasks:
    - { name: breaks on h2, command: "test <%= inventory_hostname %> != h2" }
- hosts: all
  tasks: [{ name: never, debug: {} }]
`,
    { inventory: three },
  )
  assert.equal(
    run.results.map((result) => `${result.host} ${result.status}`),
    ['h1 changed', 'h2 failed'],
  )
})

test('until tries again after a delay, within one run', async () => {
  const run = await play(`
- hosts: all
  tasks:
    - name: third time
      shell: "echo x >> DIR/log; wc -l < DIR/log"
      register: count
      until: "Number(count.stdout) >= 3"
      retries: 5
      delay: 0
    - { name: was three, assert: { that: "count.stdout.trim() === '3'" } }
`)
  assert.equal(outcomes(run), ['third time: changed', 'was three: ok'])
})

test('failed_when and changed_when judge by the result, ignore_errors goes on', async () => {
  const run = await play(`
- hosts: all
  tasks:
    - { name: fine, command: "sh -c 'exit 3'", register: r, failed_when: r.rc !== 3, changed_when: r.rc === 0 }
    - { name: bad, command: "echo ERROR", register: r, failed_when: "r.stdout.includes('ERROR')", ignore_errors: true }
    - { name: after, debug: { var: r.failed } }
    - { name: both, command: "echo ERROR", register: q, failed_when: ["q.rc === 0", "q.stdout === 'ERROR'"], ignore_errors: true }
    - { name: one, command: "echo ERROR", register: q, failed_when: ["q.rc === 0", "q.stdout === ''"] }
`)
  assert.equal(outcomes(run), ['fine: ok', 'bad: ignored', 'after: ok', 'both: ignored', 'one: changed'])
  assert.is(run.results[2]?.message, 'r.failed = true')
  assert.is(run.recap.hosts[0]?.ignored, 2)
})

test('no_log hides output, message and difference', async () => {
  const run = await play(
    `
- hosts: all
  tasks:
    - { name: secret, command: "echo hush", no_log: true }
    - { name: file, copy: { content: hush, dest: DIR/x }, no_log: true }
`,
    { diff: true },
  )
  assert.not.match(JSON.stringify(run.events), 'hush')
})

test('everything that is reported goes through the redactor', async () => {
  const run = await play(
    `
- hosts: all
  tasks:
    - { name: says hush, command: "sh -c 'echo hush; echo hush >&2; exit 1'" }
`,
    { redact: (text) => text.replaceAll('hush', '***') },
  )
  assert.not.match(JSON.stringify(run.events), 'hush')
  assert.match(JSON.stringify(run.events), 'says \\*\\*\\*'.replaceAll('\\', ''))
})

test('includes are expanded where they stand, in loops too, and roles bring their variables', async () => {
  const folder = makeFolder({
    'p.yml': `
- hosts: all
  vars: { which: part }
  tasks:
    - { include_tasks: "<%= which %>.yml", loop: [1, 2] }
    - { include_tasks: part.yml, when: "false" }
    - { include_role: { name: r }, vars: { given: 7 } }
    - { include_role: { name: r, tasks_from: other } }
`,
    'part.yml': '- { name: "part <%= item %>", debug: {} }\n',
    'r/defaults/main.yml': 'given: 1\ntwice: "<%= given * 2 %>"\n',
    'r/tasks/main.yml': '- { name: main, debug: { var: twice } }\n',
    'r/tasks/other.yml': '- { name: other, debug: { var: twice } }\n',
  })
  try {
    const run = await runPlaybook(`${folder.path}/p.yml`)
    assert.equal(
      run.results.map((result) => `${result.task}: ${result.message}`),
      [
        'part 1: Hello world!',
        'part 2: Hello world!',
        'include_tasks part.yml: nothing to include',
        'r : main: twice = 14',
        'r : other: twice = 2',
      ],
    )
  } finally {
    folder.remove()
  }
})

test('facts are asked for once, and only where an expression looks at them', async () => {
  const transport = localTransport()
  const run = await play(
    `
- hosts: all
  tasks:
    - { name: a, file: { path: /tmp, state: directory } }
    - { name: b, assert: { that: facts.cpus > 0 } }
- hosts: all
  tasks: [{ name: c, assert: { that: "facts.user.name === 'root' || true" } }]
`,
    { transport },
  )
  assert.is(run.recap.exitCode, 0, JSON.stringify(run.results))
  assert.is(transport.programs.length, 1)
  assert.match(transport.programs[0]?.text ?? '', 'km_section')
  const without = await play('- hosts: all\n  tasks: [{ name: a, file: { path: /tmp, state: directory } }]\n')
  assert.not.match(without.transport.programs[0]?.text ?? '', 'km_section')
})

test('delegate_to runs on the other host', async () => {
  const transport = localTransport()
  await play(
    `
- hosts: h1
  tasks: [{ name: there, command: "true", delegate_to: h3 }]
`,
    { inventory: three, transport },
  )
  assert.equal([...new Set(transport.programs.map((program) => program.host))], ['h3'])
})

test('an undefined variable fails its task with file and line, and other hosts go on', async () => {
  const run = await play(
    `
- hosts: all
  tasks:
    - name: needs a name
      copy:
        dest: DIR/x
        content: "<%= nam %>"
    - { name: after, debug: {} }
`,
    { inventory: inventoryOf({ h1: {}, h2: { vars: { nam: 'x', name: 'x' } } }) },
  )
  const fault = run.results.find((result) => result.host === 'h1')
  assert.match(fault?.message ?? '', /p\.yml:7: variable "nam" is undefined/)
  assert.is(run.results.filter((result) => result.host === 'h2' && result.status !== 'failed').length, 2)
})

test('a text that a host sent is never rendered', async () => {
  const run = await play(`
- hosts: all
  tasks:
    - { name: evil, command: "printf '\\\\074%%= playbook_dir %%\\\\076'", register: said, changed_when: false }
    - { name: show, debug: { msg: "<%= said.stdout %>" } }
`)
  assert.is(run.results.at(-1)?.message, '<%= playbook_dir %>')
})

test('a connection that is lost once is opened again, and the run converges', async () => {
  const transport = localTransport((_host, count) => {
    if (count === 2) throw new UnreachableError('cable cut')
  })
  const run = await play(
    `
- hosts: all
  tasks:
    - { name: a, copy: { content: a, dest: DIR/a } }
    - { name: b, copy: { content: b, dest: DIR/b } }
`,
    { transport },
    (folder) => assert.ok(existsSync(`${folder}/a`) && existsSync(`${folder}/b`)),
  )
  assert.equal(outcomes(run), ['a: changed', 'b: changed'])
  assert.is(run.recap.counters.connections, 2)
})

test('a host that cannot be reached is unreachable, and the others go on', async () => {
  const transport = localTransport((host) => {
    if (host === 'h2') throw new UnreachableError('no route')
  })
  const run = await play('- hosts: all\n  tasks: [{ name: a, command: "true" }]\n', {
    inventory: three,
    transport,
  })
  assert.equal(run.recap.unreachable, ['h2'])
  assert.is(run.recap.exitCode, 4)
  assert.is(run.results.filter((result) => result.status === 'changed').length, 2)
})

test('independent changes travel in one program, a change that another step looks at does not', async () => {
  const together = localTransport()
  const files = [1, 2, 3].map(
    (index) => `    - { copy: { content: "<%= inventory_hostname %>", dest: DIR/f${index} } }\n`,
  )
  await play(`- hosts: all\n  tasks:\n${files.join('')}`, { transport: together })
  assert.is(together.programs.length, 2)
  const apart = localTransport()
  const run = await play(
    `
- hosts: all
  tasks:
    - { name: make, command: "touch DIR/x" }
    - { name: is there, file: { path: DIR/x, state: file } }
`,
    { transport: apart },
  )
  assert.equal(outcomes(run), ['make: changed', 'is there: ok'])
})

test('tags choose tasks, always and never are what Ansible means by them', async () => {
  const text = `
- hosts: all
  tasks:
    - { name: a, debug: {}, tags: x }
    - { name: b, debug: {}, tags: [y, never] }
    - { name: c, debug: {}, tags: always }
    - { name: d, debug: {} }
`
  assert.equal(outcomes(await play(text)), ['a: ok', 'c: ok', 'd: ok'])
  assert.equal(outcomes(await play(text, { tags: ['x'] })), ['a: ok', 'c: ok'])
  assert.equal(outcomes(await play(text, { tags: ['y'] })), ['b: ok', 'c: ok'])
  assert.equal(outcomes(await play(text, { skipTags: ['always'] })), ['a: ok', 'd: ok'])
})

test.run()
