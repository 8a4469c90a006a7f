import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { TaskResultEvent } from '../../src/reporter/types.ts'
import { inventoryOf, localTransport, makeFolder, runPlaybook } from '../support/run-playbook.ts'

const test = suite('git checkouts, by the git of this machine')
const folder = makeFolder()
const repository = join(folder.path, 'source')
const dest = join(folder.path, 'there/app')

/** No settings of this machine's user reach the test's repositories. */
const environment = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  ...{ GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@a.test' },
  ...{ GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@a.test' },
}

function git(where: string, ...words: readonly string[]): string {
  return execFileSync('git', ['-C', where, ...words], { env: environment, encoding: 'utf8' }).trim()
}

function commit(text: string): string {
  writeFileSync(join(repository, 'file'), text)
  git(repository, 'add', 'file')
  git(repository, 'commit', '-q', '-m', text)
  return git(repository, 'rev-parse', 'HEAD')
}

async function play(params: string): Promise<TaskResultEvent> {
  const { results } = await run(`- git: { repo: "${repository}", dest: "${dest}", ${params} }`)
  assert.is(results.length, 1)
  return results[0] as TaskResultEvent
}

async function run(task: string): ReturnType<typeof runPlaybook> {
  const file = folder.write('play.yml', `- hosts: all\n  gather_facts: false\n  tasks:\n    ${task}\n`)
  return await runPlaybook(file, { inventory: inventoryOf({ h1: {} }), transport: localTransport() })
}

/** Changed at first, the same commit both times, nothing the second time. */
async function reaches(params: string, sha: string): Promise<void> {
  const first = await play(params)
  assert.is(first.status, 'changed', JSON.stringify(first))
  assert.is(git(dest, 'rev-parse', 'HEAD'), sha)
  const second = await play(params)
  assert.is(second.status, 'ok', JSON.stringify(second))
}

let one = ''
let two = ''

test.before(() => {
  execFileSync('git', ['init', '-q', '-b', 'main', repository], { env: environment })
  one = commit('one')
  git(repository, 'tag', '-a', 'v1', '-m', 'v1')
  two = commit('two')
  git(repository, 'branch', 'next')
})
test.after(() => folder.remove())

test('clones, and follows the branch', async () => {
  await reaches('version: main', two)
  two = commit('three')
  await reaches('version: main', two)
  assert.is(git(dest, 'rev-parse', '--abbrev-ref', 'HEAD'), 'main')
})

test('goes to an annotated tag, a commit, another branch, and back to HEAD', async () => {
  await reaches('version: v1', one)
  assert.is(readFileSync(join(dest, 'file'), 'utf8'), 'one')
  await reaches('version: next', git(repository, 'rev-parse', 'next'))
  await reaches(`version: "${one.slice(0, 10)}"`, one)
  await reaches('version: HEAD', two)
})

test('keeps local modifications, and throws them away with force', async () => {
  writeFileSync(join(dest, 'file'), 'mine')
  writeFileSync(join(dest, 'untracked'), 'mine too')
  const kept = await play('version: main')
  assert.is(kept.status, 'failed')
  assert.match(kept.message ?? '', /has local modifications/)
  assert.is(readFileSync(join(dest, 'file'), 'utf8'), 'mine')
  await reaches('version: main, force: true', two)
  assert.is(readFileSync(join(dest, 'untracked'), 'utf8'), 'mine too')
})

test('stays as it is without update, and missing without clone', async () => {
  const three = commit('four')
  assert.is((await play('update: false')).status, 'ok')
  assert.is(git(dest, 'rev-parse', 'HEAD'), two)
  const none = join(folder.path, 'none')
  const { results } = await run(`- git: { repo: "${repository}", dest: "${none}", clone: false }`)
  assert.is(results[0]?.status, 'ok')
  assert.not(existsSync(none))
  two = three
})

test('a shallow and a bare clone', async () => {
  const shallow = join(folder.path, 'shallow')
  await run(`- git: { repo: "file://${repository}", dest: "${shallow}", depth: 1, version: main }`)
  assert.is(git(shallow, 'rev-list', '--count', 'HEAD'), '1')
  const bare = join(folder.path, 'bare.git')
  const task = `- git: { repo: "${repository}", dest: "${bare}", bare: true }`
  await run(task)
  two = commit('five')
  assert.is((await run(task)).results[0]?.status, 'changed')
  assert.is(git(bare, 'rev-parse', 'main'), two)
  assert.is((await run(task)).results[0]?.status, 'ok')
})

test('says what it cannot reach, and leaves a folder of other files', async () => {
  const unknown = await play('version: nosuchbranch')
  assert.match(unknown.message ?? '', /has no branch, tag or commit nosuchbranch/)
  folder.write('other/file', 'x')
  const other = join(folder.path, 'other')
  const { results } = await run(`- git: { repo: "${repository}", dest: "${other}" }`)
  assert.match(results[0]?.message ?? '', /holds files and is no git repository/)
  const away = await run(`- git: { repo: "${repository}-none", dest: "${dest}" }`)
  assert.match(away.results[0]?.message ?? '', /cannot read .*-none/)
})

test.run()
