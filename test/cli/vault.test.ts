import { chmod, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { encryptVault, inlineVault } from '../support/encrypt-vault.ts'
import { openKmesosProgram, type KmesosProgram } from '../support/kmesos-program.ts'

const test = suite('vault and inventory verbs of the program')
let kmesos: KmesosProgram

test.before(async () => {
  kmesos = await openKmesosProgram('vault')
  await kmesos.write('pw', 'vault-password\n')
  await kmesos.write('hosts', '[g]\nh ansible_connection=local x=1\n[g:vars]\ny=2\n')
  const token = inlineVault('inline-token', 'vault-password', { indent: 2 })
  await kmesos.write('group_vars/g/open.yml', `token: ${token}\n`)
  await kmesos.write(
    'group_vars/g/vault.yml',
    encryptVault('phrase: whole-phrase\nport: 12345\n', 'vault-password'),
  )
})
test.after(() => kmesos.close())

const withPassword = ['-i', 'hosts', '--vault-password-file', 'pw']

test('list shows encrypted values as they are, and those of encrypted files as ***', async () => {
  const { code, stdout } = await kmesos.run(['inventory', 'list', '--export', ...withPassword])
  assert.is(code, 0)
  const { vars } = (JSON.parse(stdout) as { g: { vars: Record<string, unknown> } }).g
  assert.match(
    String((vars.token as { __ansible_vault: string }).__ansible_vault),
    /^\$ANSIBLE_VAULT;1\.1;AES256\n/,
  )
  assert.equal({ ...vars, token: '' }, { token: '', phrase: '***', port: '***', y: 2 })
  assert.not.match(stdout, /inline-token|whole-phrase|12345/)
})

test('list gives all variables to each host, --yaml and --limit are there, host and graph say the same', async () => {
  const { stdout } = await kmesos.run(['inventory', 'list', ...withPassword, '--yaml'])
  assert.match(stdout, /g:\n\s+hosts:\n\s+h:\n/)
  assert.match(stdout, /x: 1\n/)
  assert.match(stdout, /token: !vault \|\n\s+\$ANSIBLE_VAULT;1\.1;AES256\n/)
  const limited = await kmesos.run(['inventory', 'list', ...withPassword, '--limit', 'all:!h'])
  assert.equal(JSON.parse(limited.stdout), { all: { children: ['ungrouped', 'g'] }, _meta: { hostvars: {} } })
  const host = JSON.parse((await kmesos.run(['inventory', 'host', 'h', ...withPassword])).stdout) as {
    y: number
  }
  assert.is(host.y, 2)
  const graph = await kmesos.run(['inventory', 'graph', '--vars', ...withPassword])
  assert.match(graph.stdout, /\{y = 2\}/)
})

test('a wrong password, and none, end with exit code 3, the line and the way out', async () => {
  await kmesos.write('wrong', 'other\n')
  const wrong = await kmesos.run(['inventory', 'list', '-i', 'hosts', '--vault-password-file', 'wrong'])
  assert.is(wrong.code, 3)
  assert.match(wrong.stderr + wrong.stdout, /group_vars\/g\/vault\.yml:1: cannot be decrypted/)
  const none = await kmesos.run(['ping', 'all', '-i', 'hosts'])
  assert.is(none.code, 3)
  assert.match(none.stderr + none.stdout, /vault\.yml:1: is encrypted .*--vault-password-file FILE/)
})

const playbook = `- hosts: all
  gather_facts: false
  vars_files: [secret.yml]
  vars:
    in_play: ${inlineVault('play-token', 'vault-password', { indent: 6 })}
  tasks:
    - name: write all of them
      copy:
        content: "<%= token %> <%= phrase %> <%= port + 1 %> <%= in_play %> <%= from_file %>"
        dest: DEST
    - name: show one
      command: echo <%= token %>
`

test('a playbook sees what is encrypted; screen, log and journal do not', async () => {
  const out = join(kmesos.folder, 'out')
  await kmesos.write('secret.yml', encryptVault('from_file: file-token\n', 'vault-password', 'prod'))
  await kmesos.write('site.yml', playbook.replace('DEST', out))
  const script = await kmesos.write('pw.sh', '#!/bin/sh\necho vault-password\n')
  await chmod(script, 0o755)
  const end = await kmesos.run([
    'play',
    'site.yml',
    '-i',
    'hosts',
    '--vault-id',
    'prod@pw.sh',
    '--diff',
    '-v',
  ])
  assert.is(end.code, 0, end.stdout + end.stderr)
  assert.is(await readFile(out, 'utf8'), 'inline-token whole-phrase 12346 play-token file-token')
  const runs = join(kmesos.folder, '.kmesos', 'runs')
  const kept = await Promise.all(
    (await readdir(runs, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => readFile(join(entry.parentPath, entry.name), 'utf8')),
  )
  assert.ok(kept.length > 0)
  for (const text of [end.stdout, end.stderr, ...kept])
    assert.not.match(text, /inline-token|whole-phrase|play-token|file-token/)
})

test('slips are told on standard error, beside a list that can still be parsed', async () => {
  await kmesos.write(
    'slips/hosts',
    'a ansible_host=10.0.0.1\nb ansible_host=10.0.0.1\na ansible_port=1\na ansible_port=2\n',
  )
  const { stdout, stderr, code } = await kmesos.run(['inventory', 'list', '-i', 'slips/hosts'])
  assert.is(code, 0)
  assert.type(JSON.parse(stdout), 'object')
  assert.match(stderr, /slips\/hosts:4: host "a" gets another ansible_port than before/)
  await kmesos.write('same/hosts', 'a ansible_host=10.0.0.1\n\nb ansible_host=10.0.0.1\n')
  const same = await kmesos.run(['inventory', 'graph', '-i', 'same/hosts'])
  assert.match(
    same.stderr,
    /"a" \(same\/hosts:1\) and "b" \(same\/hosts:3\) are one host: both have the address 10\.0\.0\.1, port 22/,
  )
})

test.run()
