import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, type Test } from 'uvu'
import * as assert from 'uvu/assert'
import { build } from '../../../bootstrap/build.mjs'
import { mapLimit } from '../../../src/kernel/pool.ts'
import { openTestLab, type TestLab } from '../../lab/test-lab.ts'
import type { DifferentialCase } from './case.ts'
import { caseFiles, caseImage } from './case-files.ts'
import { startCaseServer, type CaseServer } from './case-server.ts'
import { judgeCase } from './judge-case.ts'
import { Side } from './lab-sides.ts'
import { runCase, type CaseResult } from './run-case.ts'

/** Each case has two hosts and runs both programs at once; more at once only wait for the same cores. */
const atOnce = availableParallelism() + 1

type Results = ReadonlyMap<string, CaseResult | Error>

/** The tests of these cases: one for each, and one that tells all of it in a line. */
export function playbookSuite(title: string, cases: readonly DifferentialCase[]): Test {
  const test = suite(title)
  const results = new Map<string, CaseResult | Error>()
  let rig: Rig | undefined
  test.before(async () => {
    if (cases.length === 0) return
    await build({ quiet: true })
    rig = await openRig()
    const { sides, work } = rig
    await mapLimit([...cases].sort(longestFirst), atOnce, async (one) => {
      const started = performance.now()
      const result = await runCase(one, sides, work).catch((error: unknown) => error as Error)
      results.set(one.name, result)
      process.stderr.write(`${one.name}: ${((performance.now() - started) / 1000).toFixed(0)} s\n`)
    })
  })
  test.after(() => rig?.close())
  for (const one of cases) test(`${one.name} does the same as in Ansible`, () => judge(one, results))
  test('all of it is told in one line', () => {
    console.log(summaryOf(cases, results))
    assert.is([...results.values()].filter((result) => !(result instanceof Error)).length, cases.length)
  })
  return test
}

interface Rig {
  readonly sides: readonly [Side, Side]
  readonly work: string
  readonly close: () => Promise<void>
}

async function openRig(): Promise<Rig> {
  const labs: readonly [TestLab, TestLab] = [
    await openTestLab('differential-ansible', 80),
    await openTestLab('differential-kmesos', 81),
  ]
  for (const { lab } of labs) await lab.netUp()
  const gateways = labs.map(({ lab }) => lab.gateway)
  const server: CaseServer = await startCaseServer(gateways, await caseFiles())
  // A short path: the control sockets of ssh stand below it.
  const work = await mkdtemp(join(tmpdir(), 'kd'))
  const image = await caseImage()
  return {
    sides: [new Side('ansible', labs[0].lab, image), new Side('kmesos', labs[1].lab, image)],
    work,
    close: async () => {
      await server.close()
      for (const opened of labs) await opened.close()
      await rm(work, { recursive: true, force: true })
    },
  }
}

/** A long one that begins last would keep the others' cores waiting. */
function longestFirst(a: DifferentialCase, b: DifferentialCase): number {
  const weight = (one: DifferentialCase): number =>
    (one.docker ? 4 : 0) + (one.systemd ? 2 : 0) + one.hosts.length
  return weight(b) - weight(a)
}

function judge(one: DifferentialCase, results: Results): void {
  const result = results.get(one.name)
  if (result === undefined || result instanceof Error) throw result ?? new Error('did not run')
  const faults = judgeCase(one, result.differences)
  // An open gap is no failure; its differences are what whoever closes it wants to see.
  const told = one.gap === undefined ? faults : result.differences
  if (told.length > 0) console.log([`\n${one.name}:`, ...told, '', result.story].join('\n'))
  assert.is(faults.length, 0, 'the differences are told above')
}

function summaryOf(cases: readonly DifferentialCase[], results: Results): string {
  const done = [...results.values()].flatMap((result) => (result instanceof Error ? [] : [result]))
  const sum = (pick: (result: CaseResult) => number): number =>
    done.reduce((total, result) => total + pick(result), 0)
  const changed = `Ansible ${sum(({ changed }) => changed.ansible)} changed / kmesos ${sum(({ changed }) => changed.kmesos)} changed`
  const isOpen = (name: string): boolean => {
    const result = results.get(name)
    return result === undefined || result instanceof Error || result.differences.length > 0
  }
  const named = (open: boolean): string =>
    cases
      .filter(({ gap, name }) => gap !== undefined && isOpen(name) === open)
      .map(({ name }) => name)
      .join(' ') || 'none'
  const left = `open gaps: ${named(true)}, closed gaps: ${named(false)}`
  return `NOTE differential: ${done.length} cases, ${sum(({ tasks }) => tasks)} tasks, ${changed}, ${left}`
}
