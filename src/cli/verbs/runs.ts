import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { loadRun, loadRunNames, removeRun } from '../../reporter/load-runs.ts'
import type { RunSummary } from '../../reporter/run-summary.ts'
import { chooseRun, keptRuns } from '../choose-run.ts'
import { usageFault, type OptionDefinition } from '../options.ts'
import { outputOptions } from '../shared-options.ts'
import type { Verb } from '../verb.ts'
import type { Clients } from '../wire.ts'

const about =
  'RUN is the name of a folder in .kmesos/runs or the beginning of one that fits no other; without it the latest run is meant.'

export const runsList: Verb = {
  name: 'runs list',
  summary: 'List past runs: who, when, how long, verdict, hosts that failed',
  arguments: '',
  about:
    'bootstrap, play, deploy and destroy leave them in .kmesos/runs of the working folder. The latest comes first.',
  options: outputOptions,
  examples: ['kmesos runs list', 'kmesos runs list --output json'],
  screen: 'quiet',
  run: async (_request, clients) => {
    const { formatRuns } = await import('../../reporter/format-runs.ts')
    const folder = clients.runsFolder
    const runs = loadRunNames(folder).map((run) => loadRun(folder, run))
    if (clients.json) return clients.print(jsonOf(runs.map((run) => withPaths(run, folder))))
    if (runs.length === 0) return clients.print(`no runs in ${folder}\n`)
    clients.print(`${formatRuns(runs, clients.paint).join('\n')}\n`)
  },
}

export const runsShow: Verb = {
  name: 'runs show',
  summary: 'Show one run: its command, verdict, error, failed hosts, and its files',
  arguments: '[RUN]',
  about,
  options: outputOptions,
  examples: ['kmesos runs show', 'kmesos runs show 20260131T120000-deploy'],
  screen: 'quiet',
  run: async (request, clients) => {
    const { formatRun } = await import('../../reporter/format-runs.ts')
    const folder = clients.runsFolder
    const run = loadRun(folder, chosen(request.words, folder))
    if (clients.json) return clients.print(jsonOf(withPaths(run, folder)))
    clients.print(`${formatRun(run, join(folder, run.run), filesOf(run.run, folder)).join('\n')}\n`)
  },
}

const files = { folder: '', log: 'run.log', journal: 'journal.jsonl', timeline: 'timeline.html' } as const

const fileOption: OptionDefinition = {
  name: 'file',
  value: 'WHICH',
  choices: Object.keys(files),
  fallback: 'folder',
  help: 'the folder itself (the default), or a file in it',
}

export const runsPath: Verb = {
  name: 'runs path',
  summary: "Print the path of a run's folder, log, journal or timeline",
  arguments: '[RUN]',
  about,
  options: [fileOption, ...outputOptions],
  examples: ['kmesos runs path --file log', 'kmesos runs path 20260131T120000-deploy'],
  screen: 'quiet',
  run: async (request, clients) => {
    const which = request.options.text('file') as keyof typeof files
    const run = chosen(request.words, clients.runsFolder)
    const path = join(clients.runsFolder, run, files[which])
    if (!existsSync(path))
      throw usageFault(`the run ${run} has left no ${which}: there is no ${path}`, 'runs path')
    clients.print(clients.json ? jsonOf({ run, path }) : `${path}\n`)
  },
}

export const runsPrune: Verb = {
  name: 'runs prune',
  summary: 'Remove old runs; one that goes on is left alone',
  arguments: '',
  about: `A new run removes all but the last 30 by itself. With both options a run goes that either of them names.`,
  options: [
    { name: 'keep', value: 'N', number: true, help: 'remove all but the latest N' },
    { name: 'older-than', value: 'AGE', help: 'remove what began longer ago: 90m, 12h, 7d, 4w' },
    { name: 'check', short: 'C', help: 'name what would be removed; remove nothing' },
    ...outputOptions,
  ],
  examples: ['kmesos runs prune --keep 5', 'kmesos runs prune --older-than 7d --check'],
  screen: 'quiet',
  run: async ({ options }, clients) => {
    const folder = clients.runsFolder
    const runs = loadRunNames(folder).map((run) => loadRun(folder, run))
    const kept = keptRuns(runs, {
      keep: options.number('keep'),
      olderThan: options.text('older-than'),
      now: clients.clock.now(),
    })
    const old = runs.filter((run) => !kept.includes(run)).map(({ run }) => run)
    const check = options.flag('check')
    if (!check) for (const run of old) removeRun(folder, run)
    tellPruned({ removed: old, kept: kept.length, check }, clients)
    return { changed: old.length > 0 }
  },
}

interface Pruned {
  readonly removed: readonly string[]
  readonly kept: number
  readonly check: boolean
}

function tellPruned(pruned: Pruned, clients: Clients): void {
  if (clients.json) return clients.print(jsonOf(pruned))
  const { removed, kept, check } = pruned
  for (const run of removed) clients.print(`${check ? 'would remove' : 'removed'} ${run}\n`)
  clients.print(`${removed.length === 0 ? 'nothing to remove; ' : ''}${kept} kept\n`)
}

function chosen([word]: readonly string[], folder: string): string {
  return chooseRun(word, loadRunNames(folder), folder)
}

function filesOf(run: string, folder: string): readonly string[] {
  const names = [files.log, files.journal, files.timeline, 'failed-hosts']
  return names.filter((name) => existsSync(join(folder, run, name)))
}

function withPaths(run: RunSummary, folder: string): object {
  const paths = filesOf(run.run, folder).map((name) => [
    name.replace(/\..*/, '').replace('run', 'log'),
    join(folder, run.run, name),
  ])
  return { ...run, folder: join(folder, run.run), files: Object.fromEntries(paths) as unknown }
}

function jsonOf(value: unknown): string {
  return `${JSON.stringify(value)}\n`
}
