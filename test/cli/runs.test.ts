import { existsSync, readdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { RunEvent } from '../../src/reporter/types.ts'
import { RunJournal } from '../../src/reporter/run-journal.ts'
import { assertFailure, openKmesosProgram, type KmesosProgram } from '../support/kmesos-program.ts'

const test = suite('kmesos runs, through the bundled program')
let kmesos: KmesosProgram
const startedAt = Date.UTC(2026, 0, 31, 12)

test.before.each(async () => {
  kmesos = await openKmesosProgram('runs')
})
test.after.each(() => kmesos.close())

const runsFolder = (): string => join(kmesos.folder, '.kmesos/runs')

/** A run of `minutes` after the first, with these events between its start and its end. */
async function leave(
  verb: string,
  minutes: number,
  events: readonly RunEvent[],
  start: { readonly pid: number; readonly by?: string } = { pid: 1 },
): Promise<string> {
  const at = startedAt + minutes * 60_000
  const journal = new RunJournal({ folder: runsFolder(), verb, startedAt: at })
  const by = `ann@${hostname()}`
  journal.report({
    kind: 'run-started',
    verb,
    at,
    check: false,
    by,
    command: `kmesos ${verb} -i prod`,
    ...start,
  })
  for (const event of events) journal.report(event)
  await journal.close()
  return journal.folder
}

const ended = (exitCode: number, changed = false): RunEvent => ({
  ...{ kind: 'run-ended', at: startedAt + 3 * 60_000, exitCode, changed },
})

const counts = { ok: 1, changed: 0, skipped: 0, rescued: 0, ignored: 0 }
const recap: RunEvent = {
  kind: 'recap',
  at: startedAt,
  hosts: [
    { host: 'h1', ...counts, failed: 0, unreachable: false },
    ...['h2', 'h3', 'h4'].map((host) => ({ host, ...counts, failed: 1, unreachable: false })),
    { host: 'db', ...counts, failed: 0, unreachable: true },
  ],
}
const error: RunEvent = {
  ...{ kind: 'error', message: 'the play failed', hint: 'mend it', exitCode: 1, at: startedAt },
}

/** No process has a number as high as this. */
const nobody = { pid: 2 ** 30 }

async function leaveFive(): Promise<void> {
  await leave('deploy', 0, [ended(0, true)])
  await leave('play', 1, [recap, error, ended(1)])
  await leave('play', 2, [ended(130)])
  await leave('bootstrap', 3, [], nobody)
  await leave('bootstrap', 4, [], { pid: process.pid })
}

test('list tells who, how long, the verdict and the hosts that failed, the latest first', async () => {
  await leaveFive()
  const { stdout, code } = await kmesos.run(['runs', 'list'])
  assert.is(code, 0)
  const who = `ann@${hostname()}`
  const gap = ' '.repeat(2)
  const rows = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/).join(gap))
  assert.equal(rows, [
    'RUN  WHO  TOOK  VERDICT  FAILED HOSTS',
    `20260131T120400-bootstrap  ${who}  -  running`,
    `20260131T120300-bootstrap  ${who}  -  unfinished`,
    `20260131T120200-play  ${who}  1 min 00 s  interrupted`,
    `20260131T120100-play  ${who}  2 min 00 s  failed  h[2:4], db`,
    `20260131T120000-deploy  ${who}  3 min 00 s  changed`,
  ])
})

test('show tells command, times, failed hosts, error, way out and files; the latest run without a name', async () => {
  await leaveFive()
  const { stdout } = await kmesos.run(['runs', 'show', '20260131T1201'])
  assert.is(
    stdout,
    [
      'run       20260131T120100-play',
      'command   kmesos play -i prod',
      `who       ann@${hostname()}`,
      'started   2026-01-31T12:01:00Z',
      'ended     2026-01-31T12:03:00Z (2 min 00 s)',
      'verdict   failed, exit code 1',
      'hosts     5, 4 failed',
      'failed    h[2:4], db',
      'error     the play failed',
      'hint      mend it',
      ...['log       F/run.log', 'journal   F/journal.jsonl', 'timeline  F/timeline.html', ''].map((line) =>
        line.replace('F', join(runsFolder(), '20260131T120100-play')),
      ),
    ].join('\n'),
  )
  assert.match((await kmesos.run(['runs', 'show'])).stdout, 'run       20260131T120400-bootstrap\n')
})

test('list and show are JSON when asked', async () => {
  await leaveFive()
  const list = JSON.parse((await kmesos.run(['runs', 'list', '--output', 'json'])).stdout) as readonly {
    readonly verdict: string
  }[]
  assert.equal(
    list.map((run) => run.verdict),
    ['running', 'unfinished', 'interrupted', 'failed', 'changed'],
  )
  const folder = join(runsFolder(), '20260131T120100-play')
  assert.equal(JSON.parse((await kmesos.run(['runs', 'show', '20260131T1201', '--output', 'json'])).stdout), {
    ...{ run: '20260131T120100-play', verb: 'play', check: false, by: `ann@${hostname()}` },
    ...{ command: 'kmesos play -i prod', startedAt: startedAt + 60_000, endedAt: startedAt + 180_000 },
    ...{ verdict: 'failed', exitCode: 1, hosts: 5, failedHosts: ['h2', 'h3', 'h4', 'db'] },
    ...{ error: 'the play failed', hint: 'mend it', folder },
    files: {
      log: `${folder}/run.log`,
      journal: `${folder}/journal.jsonl`,
      timeline: `${folder}/timeline.html`,
    },
  })
})

test('path names a folder or one of its files', async () => {
  const folder = await leave('deploy', 0, [ended(0)])
  assert.is((await kmesos.run(['runs', 'path'])).stdout, `${folder}\n`)
  assert.is((await kmesos.run(['runs', 'path', '--file', 'log'])).stdout, `${folder}/run.log\n`)
})

test('prune removes what is too many or too old, never a run that goes on; --check only names it', async () => {
  await leaveFive()
  const before = readdirSync(runsFolder()).sort()
  const checked = await kmesos.run(['runs', 'prune', '--keep', '2', '--check'])
  assert.match(checked.stdout, /^would remove 20260131T120200-play\n(would remove .*\n){2}2 kept\n$/)
  assert.equal(readdirSync(runsFolder()).sort(), before)
  await kmesos.run(['runs', 'prune', '--keep', '2'])
  assert.equal(readdirSync(runsFolder()).sort(), before.slice(3))
  const { stdout } = await kmesos.run(['runs', 'prune', '--older-than', '7d'])
  assert.is(stdout, 'removed 20260131T120300-bootstrap\n1 kept\n')
  assert.equal(readdirSync(runsFolder()), ['20260131T120400-bootstrap'])
  assert.is((await kmesos.run(['runs', 'prune', '--keep', '0'])).stdout, 'nothing to remove; 1 kept\n')
})

test('a run tells itself who ran it, and what is said of secrets on the line stays out of it', async () => {
  await kmesos.write('site.yml', '- hosts: all\n  gather_facts: false\n  tasks: [{ name: look, ping: }]\n')
  const words = ['-i', 'localhost,', '-e', 'ansible_connection=local api_token=geheim']
  const end = await kmesos.run(['play', 'site.yml', ...words])
  assert.is(end.code, 0, end.stderr)
  const { stdout } = await kmesos.run(['runs', 'show'])
  assert.match(
    stdout,
    /^command +kmesos play site.yml -i localhost, -e 'ansible_connection=local api_token=\*\*\*'$/m,
  )
  assert.match(stdout, new RegExp(`^who +\\S+@${hostname()}$`, 'm'))
  assert.match(stdout, /^verdict +ok$/m)
  assert.match(stdout, /^hosts +1, 0 failed$/m)
})

test('wrong words are refused with what was meant', async () => {
  assert.is((await kmesos.run(['runs', 'list'])).stdout, `no runs in ${runsFolder()}\n`)
  assertFailure(await kmesos.run(['runs', 'show']), {
    code: 2,
    says: ['there are no runs in'],
    hint: 'go to the folder',
  })
  assert.not.ok(existsSync(runsFolder()))
  await leaveFive()
  const wrong: readonly (readonly [readonly string[], string, string])[] = [
    [['show', '2026013'], '5 runs begin with "2026013": ', 'kmesos runs list'],
    [['show', '20260131T120000-deplyo'], 'did you mean "20260131T120000-deploy"?', 'kmesos runs list'],
    [['prune'], 'kmesos runs prune needs --keep N or --older-than AGE', 'kmesos runs prune --help'],
    [
      ['prune', '--older-than', 'week'],
      '--older-than must be a number with m (minutes), h, d or w',
      '--help',
    ],
    [['path', '--file', 'lgo'], '--file must be one of folder, log, journal, timeline; got "lgo"', '--help'],
    [['shwo'], 'kmesos runs: unknown verb "shwo"; did you mean "show"?', 'kmesos --help'],
  ]
  for (const [words, says, hint] of wrong) {
    assertFailure(await kmesos.run(['runs', ...words]), { code: 2, says: [says], hint })
  }
  assert.is(readdirSync(runsFolder()).length, 5)
})

test('names of runs are completed', async () => {
  await leaveFive()
  const { stdout } = await kmesos.run(['completion', 'words', '--', 'runs', 'show', '20260131T1200'])
  assert.is(stdout, '20260131T120000-deploy\n')
})

test.run()
