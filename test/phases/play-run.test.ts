import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  inventoryOf,
  makeFolder,
  outcomes,
  runPlaybook,
  type Folder,
  type PlaybookRun,
} from '../support/run-playbook.ts'

async function inFolder(
  files: Record<string, string>,
  work: (folder: Folder) => Promise<void>,
): Promise<void> {
  const folder = makeFolder(files)
  try {
    await work(folder)
  } finally {
    folder.remove()
  }
}

function failures(run: PlaybookRun): string {
  return run.results
    .filter((result) => result.status === 'failed' || result.status === 'unreachable')
    .map((result) => `${result.task}: ${result.message} ${result.detail ?? ''}`)
    .join('\n')
}

const site = (folder: string): string => `
- name: files
  hosts: all
  vars: { base: ${folder}/out }
  tasks:
    - name: make a folder
      file: { path: "<%= base %>/a b", state: directory, mode: "0750" }
    - name: write a text
      copy: { dest: "<%= base %>/a b/it's \\"odd\\" ü", content: "one\\ntwo 'three'\\n", mode: "0640" }
      notify: say so
    - name: link
      file: { path: "<%= base %>/link", src: a b, state: link }
    - name: render
      template: { src: t.ejs, dest: "<%= base %>/t" }
    - name: line
      lineinfile: { path: "<%= base %>/t", line: "last = 1", regexp: "^last" }
    - name: made once
      command: touch "<%= base %>/made"
      args: { creates: "<%= base %>/made" }
  handlers:
    - name: say so
      command: touch "<%= base %>/handled"
- name: second play
  hosts: all
  tasks:
    - name: read only
      file: { path: "${folder}/out/made", state: file }
`

test('makes what is missing, and a second run changes nothing with one connection and one remote command', async () => {
  await inFolder({}, async (folder) => {
    folder.write('templates/t.ejs', 'host <%= inventory_hostname %>\nlast = 0\n')
    const file = folder.write('site.yml', site(folder.path))
    const first = await runPlaybook(file)
    assert.is(failures(first), '')
    assert.is(first.recap.exitCode, 0)
    assert.is(first.recap.changed, true)
    const out = join(folder.path, 'out')
    assert.is(readFileSync(join(out, `a b/it's "odd" ü`), 'utf8'), "one\ntwo 'three'\n")
    assert.is(statSync(join(out, `a b/it's "odd" ü`)).mode & 0o7777, 0o640)
    assert.is(readFileSync(join(out, 't'), 'utf8'), 'host h1\nlast = 1\n')
    assert.ok(existsSync(join(out, 'handled')))

    const second = await runPlaybook(file)
    assert.is(failures(second), '')
    // render and line disagree about the file `t` by design of this test: template puts 0, lineinfile puts 1.
    assert.equal(
      second.results.filter((result) => result.status === 'changed').map((result) => result.task),
      ['render', 'line'],
    )
    folder.write('templates/t.ejs', 'host <%= inventory_hostname %>\nlast = 1\n')
    const third = await runPlaybook(file)
    assert.is(third.recap.changed, false)
    assert.is(third.transport.connections, 1)
    assert.is(third.transport.programs.length, 1)
  })
})

test('reads a registered value inside of the same play, and runs what depends on it', async () => {
  await inFolder({}, async (folder) => {
    const file = folder.write(
      'p.yml',
      `
- hosts: all
  tasks:
    - { name: ask, command: echo hello world, register: said, changed_when: false }
    - { name: derived, set_fact: { word: "<%= said.stdout.split(' ')[1] %>" } }
    - { name: write, copy: { content: "<%= word %>", dest: ${folder.path}/word } }
    - { name: not this, command: "false", when: word !== 'world' }
    - { name: loop, command: "echo <%= item %>", loop: [a, b], register: many, changed_when: false }
    - { name: check, assert: { that: ["many.results.length === 2", "many.results[1].stdout === 'b'"] } }
`,
    )
    const run = await runPlaybook(file)
    assert.equal(outcomes(run), [
      'ask: ok',
      'derived: ok',
      'write: changed',
      'not this: skipped',
      'loop (a): ok',
      'loop (b): ok',
      'check: ok',
    ])
    assert.is(readFileSync(join(folder.path, 'word'), 'utf8'), 'world')
  })
})

test('a failure goes to rescue and always; without a rescue the host leaves and others go on', async () => {
  await inFolder({}, async (folder) => {
    const file = folder.write(
      'p.yml',
      `
- hosts: all
  tasks:
    - block:
        - { name: breaks, command: "sh -c 'echo oh >&2; exit 3'" }
        - { name: never, command: "true" }
      rescue:
        - { name: saved, debug: { msg: saved } }
      always:
        - { name: at last, debug: { msg: at last } }
    - { name: only on h1, command: "false", when: inventory_hostname === 'h1' }
    - { name: after, debug: { msg: after } }
`,
    )
    const run = await runPlaybook(file, { inventory: inventoryOf({ h1: {}, h2: {} }) })
    const of = (host: string): readonly string[] =>
      run.results.filter((result) => result.host === host).map((result) => `${result.task}: ${result.status}`)
    assert.equal(of('h1'), ['breaks: rescued', 'saved: ok', 'at last: ok', 'only on h1: failed'])
    assert.equal(of('h2'), [
      'breaks: rescued',
      'saved: ok',
      'at last: ok',
      'only on h1: skipped',
      'after: ok',
    ])
    assert.equal(run.recap.failed, ['h1'])
    assert.is(run.recap.exitCode, 1)
    assert.is(run.results.find((result) => result.task === 'breaks')?.detail, 'oh')
  })
})

test('--check changes nothing and foretells what the run then does', async () => {
  await inFolder({}, async (folder) => {
    folder.write('templates/t.ejs', 'host <%= inventory_hostname %>\nlast = 1\n')
    const file = folder.write('site.yml', site(folder.path))
    const check = await runPlaybook(file, { check: true, diff: true })
    assert.not(existsSync(join(folder.path, 'out')))
    assert.is(check.recap.changed, true)
    const changed = check.results.filter((result) => result.status === 'changed')
    assert.ok(changed.every((result) => result.forecast))
    assert.match(changed.find((result) => result.task === 'render')?.diff ?? '', '+host h1')
  })
})

test('a play tells how many tasks there are, who has a slot, how each host ended, and which results are items', async () => {
  await inFolder({}, async (folder) => {
    const file = folder.write(
      'site.yml',
      `
- name: play
  hosts: all
  tasks:
    - { name: each, debug: { msg: "<%= item %>" }, loop: [a, b] }
    - { name: bad, command: "false", when: inventory_hostname == 'h2' }
`,
    )
    const { events, results } = await runPlaybook(file, {
      inventory: inventoryOf({ h1: {}, h2: {} }),
      forks: 1,
    })
    const started = events.find((event) => event.kind === 'play-started')
    assert.is(started?.kind === 'play-started' && started.tasks, 2)
    const slots = events.flatMap((event) => {
      if (event.kind === 'host-started') return [`${event.host} started`]
      return event.kind === 'host-ended' ? [`${event.host} ${event.outcome}`] : []
    })
    assert.equal(slots, ['h1 started', 'h1 ok', 'h2 started', 'h2 failed'])
    assert.equal(
      results.filter((result) => result.host === 'h1').map((result) => result.item === true),
      [true, false, false],
    )
  })
})

test.run()
