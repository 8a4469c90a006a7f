import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadInventory } from '../../src/inventory/load-inventory.ts'
import { ConfigError } from '../../src/kernel/errors.ts'

const test = suite('inventories with odd files')
let folder: string

test.before.each(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kmesos-bad-'))
})
test.after.each(() => rm(folder, { recursive: true }))

async function write(files: Readonly<Record<string, string | Buffer>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
}

/** Problems, or warnings where there are none. */
async function told(source = 'hosts'): Promise<readonly string[]> {
  const warnings: string[] = []
  const short = (text: string): string => text.replaceAll(`${folder}/`, '')
  try {
    await loadInventory([join(folder, source)], { onWarning: (text) => void warnings.push(short(text)) })
    return warnings
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map(({ where, message }) => short(`${where}: ${message}`))
  }
}

test('binary files and other encodings are told with their line', async () => {
  await write({ hosts: Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2]) })
  assert.equal(await told(), ['hosts: is a binary file, not text'])
  await write({ hosts: Buffer.from('h1\nh2 x=gr\u00fc\u00df\n', 'latin1') })
  assert.equal(await told(), ['hosts:2: is not UTF-8 text'])
})

test('faults of the inventory and of all vars files come at once', async () => {
  await write({
    hosts: '[g]\nh oops\n',
    'group_vars/g.yml': 'a: [\n',
    'host_vars/h/one.yml': '- 1\n',
    'host_vars/h/two.yml': Buffer.from([0]),
  })
  const problems = await told()
  assert.is(problems.length, 4)
  assert.match(
    problems.join('\n'),
    /hosts:2: .*\n.*g\.yml:\d.*\nhost_vars\/h\/one\.yml:1: .*\nhost_vars\/h\/two\.yml: is a/,
  )
})

test('a folder where a file is meant is read as a folder of files; one without files is no fault', async () => {
  await write({ hosts: 'h\n', 'host_vars/h.yml/a.yml': 'x: 1\n', 'host_vars/h.yml/b.txt': 'no' })
  await mkdir(join(folder, 'group_vars/all'), { recursive: true })
  const inventory = await loadInventory([join(folder, 'hosts')])
  assert.equal(inventory.hosts.get('h')?.vars, { x: 1 })
})

test('links that lead nowhere are told', async () => {
  await write({ hosts: 'h\n' })
  await mkdir(join(folder, 'host_vars'))
  await symlink(join(folder, 'nowhere'), join(folder, 'host_vars', 'h.yml'))
  assert.match((await told())[0] ?? '', /^host_vars\/h(?:\.yml)?: .*(?:no such file|ENOENT)/i)
})

test('a folder that holds itself is told, not followed for ever', async () => {
  await write({ 'inv/hosts': 'h\n' })
  await symlink(join(folder, 'inv'), join(folder, 'inv', 'again'))
  assert.match((await told('inv')).join('\n'), /again/)
})

test('scripts are refused with the way out, executable or not', async () => {
  await write({ hosts: '#!/bin/sh\necho {}\n' })
  await chmod(join(folder, 'hosts'), 0o755)
  assert.match((await told())[0] ?? '', /^hosts: is a script; .*ansible-inventory --list --export --yaml/)
})

test('two hosts with one address are told, but not behind different jump hosts or for this machine', async () => {
  await write({
    hosts: [
      'a ansible_host=10.0.0.1',
      'b ansible_host=10.0.0.1 ansible_port=2222',
      'c ansible_host=10.0.0.1 ansible_ssh_common_args="-J j1"',
      'd ansible_host=10.0.0.1 ansible_ssh_common_args="-J j2"',
      'e ansible_connection=local ansible_host=10.0.0.1',
      'f ansible_host="{{ x }}"',
      'g ansible_host="{{ x }}"',
      'h kmesos_host=10.0.0.1 ansible_host=x',
    ].join('\n'),
  })
  assert.equal(await told(), [
    '"a" (hosts:1) and "h" (hosts:8) are one host: both have the address 10.0.0.1, port 22',
  ])
})

test('a variable set twice with other values in one file is told; in a second file it is meant', async () => {
  await write({ hosts: '[a]\nh x=1 y=1\n[b]\nh x=2 y=1\n' })
  assert.equal(await told(), [
    'hosts:4: host "h" gets another x than before (it is named first at hosts:2); the last one wins',
  ])
  await write({ 'inv/1': 'h x=1\n', 'inv/2': 'h x=2\n' })
  assert.equal(await told('inv'), [])
})

test.run()
