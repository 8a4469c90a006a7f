import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { graphInventory } from '../../src/inventory/graph-inventory.ts'
import { nestInventory } from '../../src/inventory/list-inventory.ts'
import { loadInventory } from '../../src/inventory/load-inventory.ts'
import { loadLimit } from '../../src/inventory/load-limit.ts'
import { limitHosts, selectHosts, type Selection } from '../../src/inventory/patterns.ts'
import { yamlText } from '../../src/inventory/yaml-text.ts'
import { ConfigError } from '../../src/kernel/errors.ts'
import { Secret } from '../../src/kernel/secret.ts'
import { vaultOpener } from '../../src/vault/opener.ts'
import { allCases, readRecordings } from '../inventory/support/all-cases.ts'
import { AnsibleOracle, type PatternQuestion } from '../inventory/support/ansible-oracle.ts'
import { withCase } from '../inventory/support/inventory-case.ts'
import { answerOf, canonical } from '../inventory/support/our-answer.ts'
import { limitFile, patternInventory, patternQuestions } from '../inventory/tables/patterns.ts'
import { refusedCases } from '../inventory/tables/refusals.ts'
import { encryptVault } from '../support/encrypt-vault.ts'

const test = suite('inventories, beside the real Ansible')
let oracle: AnsibleOracle

test.before(async () => {
  oracle = await AnsibleOracle.open()
})
test.after(() => oracle.close())

test(`reads ${allCases.length} inventories as Ansible does: lists, hosts, graphs`, async () => {
  const recordings = readRecordings()
  let hosts = 0
  for (const one of allCases) {
    await withCase(one, async ({ question }) => {
      const answer = await oracle.inventory({ ...question, graphVars: one.liveOnly !== true })
      assert.is(answer.error, undefined, `${one.name}: Ansible says ${answer.error}`)
      const ours = await answerOf(question)
      assert.is(canonical(ours.list), canonical(answer.value?.list), `${one.name}: list --export`)
      assert.is(canonical(ours.flat), canonical(answer.value?.flat), `${one.name}: list`)
      assert.is(ours.graph, answer.value?.graph, `${one.name}: graph`)
      hosts += ours.inventory.hosts.size
      if (one.liveOnly === true) return
      const recorded = recordings.get(one.name)
      assert.is(canonical(recorded?.list), canonical(answer.value?.list), `${one.name}: its recording is old`)
      assert.is(canonical(recorded?.flat), canonical(answer.value?.flat), `${one.name}: its recording is old`)
    })
  }
  console.log(`NOTE ${allCases.length} inventories with ${hosts} hosts read alike by Ansible and kmesos`)
})

test('the one Ansible process says what its command line says', async () => {
  const names = ['folder: kolla-like', 'folder: several-sources', 'vars beside the playbook', 'ini: lists']
  for (const one of allCases.filter(({ name }) => names.includes(name))) {
    await withCase(one, async ({ folder, question }) => {
      const { value } = await oracle.inventory(question)
      const words = question.sources.flatMap((source) => ['-i', source])
      if (question.playbookDir !== undefined) words.push('--playbook-dir', question.playbookDir)
      const said = await commandLine([...words, '--list', '--export'], folder)
      assert.is(canonical(JSON.parse(said)), canonical(value?.list), one.name)
      assert.is((await commandLine([...words, '--graph'], folder)).trimEnd(), value?.graph, one.name)
    })
  }
})

async function commandLine(words: readonly string[], folder: string): Promise<string> {
  const env = { ...process.env, ANSIBLE_HOME: join(folder, '.ansible'), LC_ALL: 'C.UTF-8' }
  return (await promisify(execFile)('/usr/bin/ansible-inventory', words, { cwd: folder, env })).stdout
}

test(`refuses ${refusedCases.length} inventories that Ansible refuses, with their lines`, async () => {
  for (const one of refusedCases) {
    await withCase(one, async ({ folder, question }) => {
      const answer = await oracle.inventory(question)
      if (one.onlyWeRefuse !== true) assert.type(answer.error, 'string', `${one.name}: Ansible reads it`)
      else assert.is(answer.error, undefined, `${one.name}: Ansible refuses it too: ${answer.error}`)
      assert.equal(await problemsOf(question.sources, folder), one.problems, one.name)
    })
  }
  console.log(`NOTE ${refusedCases.length} inventories refused, with file and line`)
})

async function problemsOf(sources: readonly string[], folder: string): Promise<readonly string[]> {
  try {
    await loadInventory(sources)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map(({ where, message }) => `${where}: ${message}`.replaceAll(`${folder}/`, ''))
  }
}

test(`chooses the hosts of ${patternQuestions.length} patterns and limits as Ansible does`, async () => {
  await withCase({ name: 'patterns', files: { hosts: patternInventory } }, async ({ folder, question }) => {
    await writeFile(join(folder, 'limits'), limitFile)
    const questions = patternQuestions.map((one) => ({
      ...one,
      ...(one.limit === undefined ? {} : { limit: one.limit.replace('LIMITS', join(folder, 'limits')) }),
    }))
    const answer = await oracle.inventory({ ...question, patterns: questions })
    const inventory = await loadInventory(question.sources)
    const wrong: string[] = []
    for (const [index, one] of questions.entries()) {
      const theirs = answer.value?.patterns[index]
      const selected = await select(inventory, one)
      const ours = 'hosts' in selected ? selected.hosts.map(({ name }) => name).join(' ') : 'refused'
      const refused =
        theirs?.error !== undefined ||
        theirs?.value?.warnings.some((text) => text.includes('Could not match'))
      const expected = refused === true ? 'refused' : (theirs?.value?.hosts.join(' ') ?? '')
      if (ours !== expected) wrong.push(`${JSON.stringify(one)}: ours "${ours}", Ansible's "${expected}"`)
    }
    assert.equal(wrong, [])
  })
  console.log(`NOTE ${patternQuestions.length} patterns and limits choose the same hosts`)
})

async function select(
  inventory: Awaited<ReturnType<typeof loadInventory>>,
  { pattern, limit }: PatternQuestion,
): Promise<Selection> {
  const selected = selectHosts(inventory, pattern)
  if (limit === undefined || !('hosts' in selected)) return selected
  return limitHosts(inventory, selected.hosts, await loadLimit(limit))
}

test('Ansible reads what --export --yaml prints as it read the inventory itself', async () => {
  // Of a host and a group with one name Ansible gives the variables to whichever it has at the time.
  for (const one of allCases.filter(
    ({ name, liveOnly }) => liveOnly !== true && !/one name|same-name/.test(name),
  )) {
    const { ours, list } = await withCase(one, async ({ question }) => ({
      ours: await answerOf(question),
      list: (await oracle.inventory(question)).value?.list,
    }))
    const text = yamlText(nestInventory(ours.inventory, { export: true }))
    await withCase({ name: one.name, files: { 'hosts.yml': text } }, async ({ question }) => {
      const { value, error } = await oracle.inventory(question)
      assert.is(canonical(value?.list), canonical(list), `${one.name}: ${error}`)
    })
  }
})

test('ansible-vault and kmesos open what the other one encrypted', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kmesos-vault-'))
  const vault = async (...words: readonly string[]): Promise<string> => {
    const env = { ...process.env, ANSIBLE_HOME: join(folder, '.ansible'), LC_ALL: 'C.UTF-8' }
    return (await promisify(execFile)('/usr/bin/ansible-vault', words, { cwd: folder, env })).stdout
  }
  try {
    await writeFile(join(folder, 'pw'), 'päss wörd\n')
    await writeFile(join(folder, 'hosts'), '[g]\nh\n')
    await mkdir(join(folder, 'group_vars'))
    await writeFile(join(folder, 'group_vars/g.yml'), 'whole: "ünï"\nlist: [1, a]\n')
    await vault('encrypt', '--vault-id', 'prod@pw', 'group_vars/g.yml')
    const inline = await vault(
      'encrypt_string',
      '--vault-password-file',
      'pw',
      '--name',
      'inline',
      'two\nlines',
    )
    await mkdir(join(folder, 'host_vars'))
    await writeFile(join(folder, 'host_vars/h.yml'), inline)
    const opener = vaultOpener([{ label: 'prod', password: new Secret('päss wörd') }])
    const host = (await loadInventory([join(folder, 'hosts')], { vault: opener })).hosts.get('h')
    const plain = (value: unknown): unknown => (value instanceof Secret ? value.plain() : value)
    assert.is(plain(host?.vars.whole), 'ünï')
    assert.equal((host?.vars.list as readonly unknown[]).map(plain), [1, 'a'])
    assert.is(plain(host?.vars.inline), 'two\nlines')
    await writeFile(join(folder, 'ours'), encryptVault('ours: "é"\n', 'päss wörd', 'dev'))
    assert.is(await vault('view', '--vault-password-file', 'pw', 'ours'), 'ours: "é"\n')
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('draws variables as --graph --vars does', async () => {
  const names = [
    'folder: kolla-like',
    'ini: connection variables',
    'ini: words in quotes',
    'vars beside the playbook',
    'ini: priority among brothers',
  ]
  for (const one of allCases.filter(({ name }) => names.includes(name))) {
    await withCase(one, async ({ question }) => {
      const { value } = await oracle.inventory({ ...question, graphVars: true })
      const { inventory } = await answerOf(question)
      assert.is(graphInventory(inventory, { vars: true }), value?.graphVars, one.name)
    })
  }
})

test.run()
