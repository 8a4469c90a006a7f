import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mapLimitOrThrow } from '../../../src/kernel/pool.ts'
import type { DifferentialCase } from './case.ts'
import { changesSince, compareStates, readHostState, type HostFacts } from './host-state.ts'
import type { Side } from './lab-sides.ts'
import { compareOutcomes, formatOutcome, type RunOutcome } from './outcome.ts'

/** What became of a case in both programs. */
export interface CaseResult {
  /** One line or diff each; empty when both did the same, and nothing the second time. */
  readonly differences: readonly string[]
  /** The story of all runs, for the report of a failure. */
  readonly story: string
  readonly tasks: number
  readonly changed: { readonly ansible: number; readonly kmesos: number }
}

/** One case on one side: its files, its hosts, and what was there before. */
interface Prepared {
  readonly side: Side
  readonly folder: string
  readonly inventories: readonly string[]
  readonly before: ReadonlyMap<string, HostFacts>
}

/** Generous: machines under load are ten times slower. */
const runLimitMs = 8 * 60_000

/** Runs one case on fresh hosts of both sides, each playbook twice, and compares all that can be seen. */
export async function runCase(
  one: DifferentialCase,
  sides: readonly [Side, Side],
  workDir: string,
): Promise<CaseResult> {
  const work = await mkdtemp(join(workDir, 'c'))
  const prepared = await mapLimitOrThrow(sides, 2, (side) => prepare(one, side, work))
  const [ansible, kmesos] = prepared as unknown as readonly [Prepared, Prepared]
  try {
    const checked = one.check ? await checkFirst(one, ansible, kmesos) : []
    const [first, again] = [await runBoth(one, ansible, kmesos), await runBoth(one, ansible, kmesos)]
    const began = Object.keys(first[1].recap).length > 0
    const differences = [
      ...checked,
      ...compareOutcomes('first run', ...first),
      ...compareOutcomes('second run', ...again),
      ...[again[0], again[1]].flatMap((run, index) => changedAgain(one, run, sides[index]?.name ?? '')),
      ...fates(one, first),
      ...(began ? await compareHosts(one, ansible, kmesos) : []),
    ]
    return { differences, ...summaryOf(first, again) }
  } finally {
    for (const { side } of prepared) for (const host of one.hosts) await side.remove(one, host)
    await rm(work, { recursive: true, force: true })
  }
}

/** The case's files with those of its dialect over them, its hosts up, and what is on them. */
async function prepare(one: DifferentialCase, side: Side, work: string): Promise<Prepared> {
  const folder = join(work, side.name)
  const dialects = ['ansible', 'kmesos'].flatMap((name) => [name, `${name}.yml`])
  const shared = (path: string): boolean => !dialects.some((name) => path === join(one.folder, name))
  await cp(one.folder, folder, { recursive: true, filter: shared })
  if (existsSync(join(one.folder, side.name)))
    await cp(join(one.folder, side.name), folder, { recursive: true })
  if (existsSync(join(one.folder, `${side.name}.yml`)))
    await cp(join(one.folder, `${side.name}.yml`), join(folder, 'site.yml'))
  await mkdir(join(work, 'home'), { recursive: true })
  const before = new Map<string, HostFacts>()
  await mapLimitOrThrow(one.hosts, 2, async (host) => {
    await side.up(one, host)
    before.set(host, await readHostState(side.lab, side.hostName(one, host), one.probes))
  })
  return { side, folder, inventories: await writeInventory(one, side, folder), before }
}

/** The case's own inventory, or all hosts in the group `case`; and beside it how its hosts are reached. */
async function writeInventory(one: DifferentialCase, side: Side, folder: string): Promise<readonly string[]> {
  const reached = one.hosts.map((host) => `${host} ${side.connectionWords(one, host)}`)
  const reachedFile = join(folder, '..', `${side.name}.ini`)
  const own = join(folder, 'inventory')
  const groups = existsSync(own) ? [] : ['[case]', ...one.hosts]
  await writeFile(reachedFile, `${[...reached, ...groups].join('\n')}\n`)
  return existsSync(own) ? [own, reachedFile] : [reachedFile]
}

async function runBoth(
  one: DifferentialCase,
  ansible: Prepared,
  kmesos: Prepared,
  words: readonly string[] = [],
): Promise<readonly [RunOutcome, RunOutcome]> {
  const outcomes = await mapLimitOrThrow([ansible, kmesos], 2, ({ side, folder, inventories }) =>
    side.run({
      ...{ folder, inventories },
      home: join(folder, '../home'),
      arguments: [...one.arguments, ...words],
      signal: AbortSignal.timeout(runLimitMs),
    }),
  )
  return outcomes as unknown as readonly [RunOutcome, RunOutcome]
}

/** --check --diff foresees as much in both, and changes nothing. */
async function checkFirst(
  one: DifferentialCase,
  ansible: Prepared,
  kmesos: Prepared,
): Promise<readonly string[]> {
  const checked = await runBoth(one, ansible, kmesos, ['--check', '--diff'])
  const touched: string[] = []
  for (const prepared of [ansible, kmesos]) {
    for (const host of one.hosts) {
      const changes = (await stateOf(one, prepared, host)).changes
      touched.push(
        ...[...changes.keys()].map((key) => `--check changed ${key} on ${host} (${prepared.side.name})`),
      )
    }
  }
  return [...compareOutcomes('--check', ...checked), ...touched]
}

async function compareHosts(
  one: DifferentialCase,
  ansible: Prepared,
  kmesos: Prepared,
): Promise<readonly string[]> {
  const found: string[] = []
  for (const host of one.hosts) {
    const [theirs, ours] = [await stateOf(one, ansible, host), await stateOf(one, kmesos, host)]
    found.push(...(await compareStates(host, theirs, ours)))
  }
  return found
}

async function stateOf(
  one: DifferentialCase,
  { side, before }: Prepared,
  host: string,
): Promise<Parameters<typeof compareStates>[1]> {
  const name = side.hostName(one, host)
  const after = await readHostState(side.lab, name, one.probes)
  return {
    lab: side.lab,
    host: name,
    changes: changesSince(before.get(host) ?? new Map<string, string>(), after),
  }
}

function changedAgain(one: DifferentialCase, run: RunOutcome, side: string): readonly string[] {
  return Object.entries(run.recap)
    .filter(([host, counts]) => counts.changed !== (one.again[host] ?? 0))
    .map(
      ([host, counts]) =>
        `second run: ${counts.changed} changed on ${host} in ${side}, ${one.again[host] ?? 0} expected`,
    )
}

/** Whether a playbook fails is part of the case: two that fail for the wrong reason would be equal. */
function fates(one: DifferentialCase, first: readonly [RunOutcome, RunOutcome]): readonly string[] {
  return first
    .filter(({ code }) => (code !== 0) !== one.fails)
    .map(({ code }) => `exit code ${code}, ${one.fails ? 'a failure' : 'success'} was expected`)
}

function summaryOf(
  first: readonly [RunOutcome, RunOutcome],
  again: readonly [RunOutcome, RunOutcome],
): Omit<CaseResult, 'differences'> {
  const changed = ({ recap }: RunOutcome): number =>
    Object.values(recap).reduce((total, counts) => total + counts.changed, 0)
  return {
    tasks: first[0].tasks.length,
    changed: { ansible: changed(first[0]), kmesos: changed(first[1]) },
    story: [
      formatOutcome('Ansible, first run', first[0]),
      formatOutcome('kmesos, first run', first[1]),
      formatOutcome('Ansible, second run', again[0]),
      formatOutcome('kmesos, second run', again[1]),
    ].join('\n'),
  }
}
