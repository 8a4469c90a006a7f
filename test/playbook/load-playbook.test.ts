import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ConfigError } from '../../src/kernel/errors.ts'
import { loadPlaybook } from '../../src/playbook/load-playbook.ts'
import { stepsOfPlay } from '../../src/playbook/flatten.ts'
import type { Playbook } from '../../src/playbook/types.ts'
import { makeFolder } from '../support/run-playbook.ts'

function load(files: Record<string, string>): Playbook {
  const folder = makeFolder(files)
  try {
    return loadPlaybook(`${folder.path}/p.yml`)
  } finally {
    folder.remove()
  }
}

function faults(files: Record<string, string>): readonly string[] {
  try {
    load(files)
  } catch (error) {
    assert.instance(error, ConfigError)
    return (error as ConfigError).problems.map(
      ({ where, message }) => `${where.replace(/^.*\//, '')}: ${message}`,
    )
  }
  return []
}

function names(playbook: Playbook): readonly string[] {
  return playbook.plays.flatMap((play) => stepsOfPlay(play, playbook).map((step) => step.node.name))
}

test('tells all faults of all files at once, with their lines and the nearest known word', () => {
  const found = faults({
    'p.yml': `
- hosts: all
  rols: [r]
  roles: [r, nosuch]
  tasks:
    - coppy: { dest: /x }
    - copy: { dst: /x, content: a }
    - name: two
      copy: { dest: x, content: a, src: b }
      shell: ls
    - file: { path: /x, state: dir }
      whn: true
    - meta: flush
`,
    'r/tasks/main.yml': '- command: ls\n  registr: x\n',
  })
  assert.equal(found, [
    'p.yml:3: unknown keyword of a play "rols"; did you mean "roles"?',
    'p.yml:6: unknown module or keyword "coppy"; did you mean "copy"?',
    'p.yml:7: copy: unknown parameter "dst"; did you mean "dest"?',
    'p.yml:7: copy: parameter "dest" is required',
    'p.yml:8: a task has one module, this one has copy and shell',
    'p.yml:9: copy: src and content exclude each other',
    'p.yml:9: copy: dest: must be an absolute path, got "x"',
    'p.yml:12: unknown keyword "whn"; did you mean "when"?',
    'p.yml:11: file: state: unknown choice "dir"; known are absent, directory, file, hard, link, touch',
    'p.yml:13: unknown meta action "flush"; did you mean "flush_handlers"?'.replace(
      '; did you mean "flush_handlers"?',
      '; known are clear_facts, clear_host_errors, end_batch, end_host, end_play, end_role, flush_handlers, noop, reset_connection',
    ),
    'main.yml:2: unknown keyword "registr"; did you mean "register"?',
    'p.yml:4: unknown role "nosuch"; known are r',
  ])
})

test('broken YAML names its line, and a playbook that imports itself is told', () => {
  assert.match(faults({ 'p.yml': '- hosts: all\n  tasks: [\n' })[0] ?? '', /^p.yml:\d+: /)
  assert.match(faults({ 'p.yml': '- import_playbook: p.yml\n' })[0] ?? '', 'imports itself')
})

test('roles come with their dependencies first, each once, and parts of a play in order', () => {
  const playbook = load({
    'p.yml': `
- hosts: all
  tasks: [{ name: task, debug: {} }]
  pre_tasks: [{ name: before, debug: {} }]
  roles: [b, a]
  post_tasks: [{ name: after, debug: {} }]
`,
    'a/tasks/main.yml': '- { name: of a, debug: {} }\n',
    'b/tasks/main.yml': '- { name: of b, debug: {} }\n- import_tasks: more.yml\n',
    'b/tasks/more.yml': '- { name: more of b, debug: {} }\n',
    'b/meta/main.yml': 'dependencies: [a]\n',
  })
  const flush = 'flush_handlers'
  assert.equal(names(playbook), ['before', flush, 'of a', 'of b', 'more of b', 'task', flush, 'after', flush])
})

test('reads YAML as Ansible does: yes is true, 0644 is octal, src=a dest=b is a map', () => {
  const playbook = load({
    'p.yml': `
- hosts: all
  become: yes
  tasks:
    - file: { path: /x, mode: 0644, recurse: no }
    - copy: content="a b" dest=/x
    - ansible.builtin.command: ls -l
`,
  })
  const [file, copy, command] = playbook.plays[0]?.tasks ?? []
  assert.equal(file?.kind === 'task' && file.args, { path: '/x', mode: 0o644, recurse: false })
  assert.equal(copy?.kind === 'task' && copy.args, { content: 'a b', dest: '/x' })
  assert.equal(command?.kind === 'task' && command.args, { cmd: 'ls -l' })
  assert.is(playbook.plays[0]?.keywords.become, true)
})

test.run()
