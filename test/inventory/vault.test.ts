import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connectionSettings } from '../../src/inventory/connection-vars.ts'
import { listInventory } from '../../src/inventory/list-inventory.ts'
import { loadExtraVars } from '../../src/inventory/load-extra-vars.ts'
import { loadInventory } from '../../src/inventory/load-inventory.ts'
import type { Host } from '../../src/inventory/types.ts'
import { ConfigError } from '../../src/kernel/errors.ts'
import { Secret } from '../../src/kernel/secret.ts'
import { addressOf as playAddressOf } from '../../src/playbook/variables.ts'
import { addressOf as siteAddressOf } from '../../src/services/site.ts'
import { loadVaultPasswords } from '../../src/vault/load-vault-passwords.ts'
import { vaultOpener, type VaultOpener } from '../../src/vault/opener.ts'
import { encryptVault, inlineVault } from '../support/encrypt-vault.ts'
import { rejects } from '../support/rejects.ts'

const test = suite('Ansible Vault')
let folder: string

test.before.each(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kmesos-vault-'))
})
test.after.each(() => rm(folder, { recursive: true }))

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
}

interface Opened extends VaultOpener {
  readonly hidden: string[]
}

function opener(...passwords: readonly (readonly [string, string])[]): Opened {
  const hidden: string[] = []
  const list = passwords.map(([label, text]) => ({ label, password: new Secret(text) }))
  const vault = vaultOpener(list, (secrets) => void hidden.push(...secrets.map((each) => each.reveal())))
  return { ...vault, hidden }
}

const load = (vault: VaultOpener): ReturnType<typeof loadInventory> =>
  loadInventory([join(folder, 'hosts')], { vault })

async function problems(vault: VaultOpener): Promise<readonly string[]> {
  const error = (await rejects(load(vault))) as ConfigError
  assert.instance(error, ConfigError)
  return error.problems.map(({ where, message }) => `${where}: ${message}`.replaceAll(`${folder}/`, ''))
}

const plainOf = (host: Host | undefined, name: string): unknown => (host?.vars[name] as Secret).plain()

test('inline values of both formats, in maps and lists, are secrets that open', async () => {
  const one = inlineVault('it is "ünïcode"\n', 'pw1', { indent: 4 })
  const two = inlineVault('two', 'pw2', { indent: 6, label: 'prod' })
  await write({ hosts: '[g]\nh\n', 'group_vars/g.yml': `a: ${one}\nb:\n  c: ${two}\n  d: 1\n` })
  const vault = opener(['default', 'pw1'], ['prod', 'pw2'])
  const host = (await load(vault)).hosts.get('h')
  assert.is(plainOf(host, 'a'), 'it is "ünïcode"\n')
  assert.is((host?.vars.b as { c: Secret }).c.plain(), 'two')
  assert.equal(vault.hidden.sort(), ['it is "ünïcode"\n', 'two'])
  assert.not.match(JSON.stringify(host), /ünïcode|"two"/)
})

test('listing shows inline values as they are encrypted, without any password', async () => {
  const sealed = encryptVault('x', 'pw')
  await write({ hosts: 'h\n', 'host_vars/h.yml': `a: !vault |\n${sealed.replace(/^/gm, '  ').trimEnd()}\n` })
  const inventory = await load(opener())
  const hostvars = (listInventory(inventory, { export: true })._meta as { hostvars: unknown }).hostvars
  assert.equal(hostvars, { h: { a: { __ansible_vault: sealed } } })
})

test('files encrypted as a whole are read; their texts and numbers are secrets', async () => {
  const file = encryptVault('a: text\nb: 5\nc: {d: [deep, true]}\ne: "<%= a %>"\n', 'pw')
  await write({ hosts: '[g]\nh\n', 'group_vars/g/vault.yml': file, 'group_vars/g/main.yml': 'z: open\n' })
  const vault = opener(['default', 'pw'])
  const inventory = await load(vault)
  const host = inventory.hosts.get('h')
  assert.equal(
    [plainOf(host, 'a'), plainOf(host, 'b'), host?.vars.e, host?.vars.z],
    ['text', 5, '<%= a %>', 'open'],
  )
  assert.equal(vault.hidden.sort(), ['5', 'deep', 'text'])
  const { vars } = listInventory(inventory, { export: true }).g as { vars: unknown }
  assert.equal(vars, { a: '***', b: '***', c: { d: ['***', true] }, e: '<%= a %>', z: 'open' })
})

test('inventories and -e files may be encrypted as a whole', async () => {
  await write({ hosts: encryptVault('[g]\nh x=secret\n', 'pw'), extra: encryptVault('e: 1\n', 'pw') })
  const vault = opener(['default', 'pw'])
  assert.is(plainOf((await load(vault)).hosts.get('h'), 'x'), 'secret')
  assert.is(((await loadExtraVars([`@${folder}/extra`], vault)).e as Secret).plain(), 1)
})

test('connection variables may be encrypted', async () => {
  const [user, password] = ['root', 'hidden'].map((text) => inlineVault(text, 'pw', { indent: 4 }))
  await write({ hosts: 'h\n', 'host_vars/h.yml': `ansible_user: ${user}\nansible_password: ${password}\n` })
  const host = (await load(opener(['default', 'pw']))).hosts.get('h')
  assert.ok(host)
  const settings = connectionSettings(host)
  assert.is(settings.user, 'root')
  assert.is(settings.password?.reveal(), 'hidden')
})

test('an encrypted address is the address of a host for others too', async () => {
  await write({
    hosts: 'h\n',
    'host_vars/h.yml': `ansible_host: ${inlineVault('10.0.0.7', 'pw', { indent: 4 })}\n`,
  })
  const host = (await load(opener(['default', 'pw']))).hosts.get('h')
  assert.ok(host)
  assert.equal([siteAddressOf(host), playAddressOf(host, 'h')], ['10.0.0.7', '10.0.0.7'])
})

test('a wrong password names file and line and the way out, for every value at once', async () => {
  const one = inlineVault('x', 'right', { indent: 4 })
  const two = inlineVault('y', 'right', { indent: 4, label: 'prod' })
  await write({
    hosts: '[g]\nh\n',
    'group_vars/g.yml': `open: 1\na: ${one}\nb: ${two}\n`,
    'host_vars/h.yml': encryptVault('a: 1\n', 'right'),
  })
  const told = await problems(opener(['default', 'wrong']))
  assert.is(told.length, 3)
  assert.match(
    told[0] ?? '',
    /^host_vars\/h\.yml:1: cannot be decrypted with the vault passwords given \("default"\): the/,
  )
  assert.match(told[1] ?? '', /^group_vars\/g\.yml:2: cannot be decrypted/)
  assert.match(told[2] ?? '', /^group_vars\/g\.yml:\d+: .*it asks for "prod": --vault-id prod@FILE/)
})

test('no password: a whole file is refused, an inline value only when it is needed', async () => {
  await write({ hosts: 'h\n', 'host_vars/h.yml': `ansible_user: ${inlineVault('x', 'pw', { indent: 4 })}\n` })
  const host = (await load(opener())).hosts.get('h')
  assert.ok(host)
  assert.throws(() => connectionSettings(host), /the connection variables of h have 1 problem/)
  await write({ 'host_vars/h.yml': encryptVault('a: 1\n', 'pw') })
  assert.match(
    (await problems(opener()))[0] ?? '',
    /^host_vars\/h\.yml:1: is encrypted .* --vault-password-file FILE/,
  )
})

test('damaged texts are told, whatever is wrong with them', async () => {
  const good = encryptVault('a: 1\n', 'pw')
  const flipped = good.slice(0, -3) + (good.at(-3) === '0' ? '1' : '0') + good.slice(-2)
  const cases = {
    flipped,
    short: good.slice(0, 200),
    format: good.replace('1.1', '9.9'),
    cipher: good.replace('AES256', 'ROT13'),
    empty: '$ANSIBLE_VAULT;1.1;AES256\n',
  }
  for (const [name, text] of Object.entries(cases)) {
    await write({ hosts: 'h\n', 'host_vars/h.yml': text })
    assert.match((await problems(opener(['default', 'pw'])))[0] ?? '', /^host_vars\/h\.yml:1: /, name)
  }
})

test("passwords come from files, programs, clients, questions, in Ansible's order", async () => {
  await write({
    plain: '  from file \n',
    script: '#!/bin/sh\necho from script\n',
    'x-client.sh': '#!/bin/sh\necho "for $2"\n',
    sealed: encryptVault('from sealed', 'from file'),
  })
  for (const name of ['script', 'x-client.sh']) await chmod(join(folder, name), 0o755)
  const questions: string[] = []
  const passwords = await loadVaultPasswords(
    {
      ids: ['prod@prompt', `dev@${folder}/x-client.sh`, `${folder}/plain`],
      files: [`${folder}/script`, `${folder}/sealed`],
      ask: true,
    },
    async (question) => {
      questions.push(question)
      return new Secret('typed')
    },
  )
  const told = passwords.map(({ label, password }) => `${label}: ${password.reveal()}`)
  assert.equal(told, [
    'prod: typed',
    'dev: for dev',
    'default: from file',
    'default: from script',
    'default: from sealed',
    'default: typed',
  ])
  assert.equal(questions, ['Vault password (prod): ', 'Vault password: '])
})

test('a password file that is missing, empty or fails is named', async () => {
  await write({ empty: '\n', fails: '#!/bin/sh\nexit 3\n' })
  await chmod(join(folder, 'fails'), 0o755)
  const ask = async (): Promise<Secret> => new Secret('')
  const from = (file: string): Promise<unknown> =>
    loadVaultPasswords({ ids: [], files: [file], ask: false }, ask)
  await rejects(from(`${folder}/none`), /cannot read the vault password file .*none: /)
  await rejects(from(`${folder}/empty`), /empty: it gives no password/)
  await rejects(from(`${folder}/fails`), /fails: the program ended with 3/)
})

test.run()
