import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadInventory } from '../../src/inventory/load-inventory.ts'
import type { ConfigError } from '../../src/kernel/errors.ts'
import { rejects } from '../support/rejects.ts'

const test = suite('loading inventories')
let folder: string

test.before.each(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kmesos-inventory-'))
})
test.after.each(() => rm(folder, { recursive: true }))

async function problemsOf(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  const error = (await rejects(
    loadInventory(Object.keys(files).map((name) => join(folder, name))),
  )) as ConfigError
  return error.problems.map((problem) => `${problem.where.replace(`${folder}/`, '')}: ${problem.message}`)
}

test('tells all faults of all files at once, each with its line', async () => {
  const problems = await problemsOf({
    hosts:
      '[web:hosst]\nignored\n[web]\nw1 oops\nw2 x="open\nw[3:1\n[a b]\n[open\nnot-told\n[db:children]\nwbe\n[nope:vars]\nx=1\n',
    'more.yml': 'all:\n  hosts: [a, b]\n  children:\n    g:\n      hosts:\n        h: 5\n',
  })
  assert.equal(problems, [
    'hosts:1: section [web:hosst]: unknown type "hosst"; did you mean "hosts"?',
    'hosts:4: expected a variable as key=value after host "w1", got "oops"',
    'hosts:5: cannot read host line: no closing quotation',
    'hosts:6: host range "w[3:1": has no closing "]"',
    'hosts:7: invalid section "[a b]"; write [group], [group:children] or [group:vars], without spaces',
    'hosts:8: invalid section "[open"; write [group], [group:children] or [group:vars], without spaces',
    'hosts:11: [db:children] includes unknown group "wbe"; did you mean "web"?',
    'hosts:12: [nope:vars] sets variables of a group that is declared nowhere; unknown group "nope"; known are all, db, ungrouped, web',
    'more.yml:2: "hosts" of group "all" must be a mapping (name: value), not a list or a number',
    'more.yml:6: host "h" must have a mapping of variables or nothing, got 5',
  ])
})

test('refuses groups that contain themselves', async () => {
  assert.equal(await problemsOf({ hosts: '[a:children]\nb\n[b:children]\na\n' }), [
    'hosts:4: group "a" cannot be a child of "b": that is a loop',
  ])
})

test('says that a file is missing, a script, or broken YAML', async () => {
  const [missing] = ((await rejects(loadInventory([join(folder, 'none')]))) as ConfigError).problems
  assert.match(missing?.message ?? '', /no such inventory/)
  assert.match((await problemsOf({ run: '#!/bin/sh\necho\n' }))[0] ?? '', /inventory scripts are not run/)
  assert.match((await problemsOf({ 'x.yml': 'all:\n  hosts: {a\n' }))[0] ?? '', /^x\.yml:\d/)
})

test('extra variables beat everything', async () => {
  await writeFile(join(folder, 'hosts'), 'h x=1 y=1\n')
  const inventory = await loadInventory([join(folder, 'hosts')], { extraVars: { x: 'extra' } })
  assert.equal(inventory.hosts.get('h')?.vars, { x: 'extra', y: 1 })
})

test('refuses a group key that Ansible would skip with a warning', async () => {
  assert.equal(await problemsOf({ 'hosts.yml': 'all:\n  hosts: {h: }\n  hostz: {i: }\n' }), [
    'hosts.yml:3: group "all": unknown key "hostz"; did you mean "hosts"?',
  ])
})

test('reads 5,000 hosts with their group variables in less than a second', async () => {
  const groups = Array.from(
    { length: 50 },
    (_, index) =>
      `[g${index}]\nn${index}-[001:100] rack=${index} big="{'a': [1, 2]}"\n[g${index}:vars]\nv=${index}\n`,
  )
  await writeFile(join(folder, 'hosts'), groups.join(''))
  const begin = process.cpuUsage()
  const inventory = await loadInventory([join(folder, 'hosts')])
  const { user, system } = process.cpuUsage(begin)
  assert.is(inventory.hosts.size, 5000)
  assert.ok((user + system) / 1000 < 1000, `${(user + system) / 1000} ms of CPU`)
})

test.run()
