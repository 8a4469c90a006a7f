import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { checkConnectionVars } from '../../src/inventory/check-connection-vars.ts'
import type { Host, Vars } from '../../src/inventory/types.ts'
import { ConfigError } from '../../src/kernel/errors.ts'

function problemsOf(vars: Readonly<Record<string, Vars>>): readonly string[] {
  const hosts = new Map<string, Host>(
    Object.entries(vars).map(([name, own]) => [name, { name, groups: ['all'], vars: own }]),
  )
  try {
    return checkConnectionVars({ hosts, sources: ['hosts'] }).map(
      ({ where, message }) => `${where}: ${message}`,
    )
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map(({ where, message }) => `${where}: ${message}`)
  }
}

test("warns of names that look misspelled, ours and Ansible's", () => {
  assert.equal(problemsOf({ h1: { ansible_hots: 'x' }, h2: { ansible_prot: 22, kmesos_usr: 'y' } }), [
    'h1/ansible_hots: unknown variable "ansible_hots"; did you mean "ansible_host"?',
    'h2/ansible_prot: unknown variable "ansible_prot"; did you mean "ansible_port"?',
    'h2/kmesos_usr: unknown variable "kmesos_usr"; did you mean "kmesos_user"?',
  ])
})

test('tells the faults of all hosts at once', () => {
  assert.equal(problemsOf({ h1: { ansible_hots: 'x', ansible_port: 'abc' }, h2: { ansible_become: 'si' } }), [
    'h1/ansible_port: must be a port from 1 to 65535, got "abc"',
    'h2/ansible_become: must be yes or no, got "si"',
  ])
})

test('tells a fault of a whole group once', () => {
  const hosts = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [name, { ansible_port: 0 }]))
  assert.equal(problemsOf(hosts), ['a, b, c and 2 more/ansible_port: must be a port from 1 to 65535, got 0'])
})

test('leaves alone what Ansible knows, facts, and variables of others', () => {
  const vars = {
    ansible_python_interpreter: '/usr/bin/python3',
    ansible_become_exe: '/usr/bin/sudo',
    ansible_distribution: 'Debian',
    ansible_hostname: 'h',
    ansible_custom_thing: 1,
    hots: 1,
  }
  assert.equal(problemsOf({ h: vars }), [])
})

test.run()
