import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { build } from '../../bootstrap/build.mjs'
import { mapLimit } from '../../src/kernel/pool.ts'
import { openTestLab, type TestLab } from '../lab/test-lab.ts'
import { loadCases } from '../support/differential/case.ts'
import { caseFiles, caseImage } from '../support/differential/case-files.ts'
import { startCaseServer, type CaseServer } from '../support/differential/case-server.ts'
import { Side } from '../support/differential/lab-sides.ts'
import { runCase, type CaseResult } from '../support/differential/run-case.ts'
import { judgeCase } from '../support/differential/judge-case.ts'

/**
 * An Ansible user's view: each folder of test/differential holds one playbook in both dialects. Both are run twice on fresh
 * hosts, and everything that can be seen afterwards must be the same. CASES=word,word runs only those.
 */
const test = suite('ansible playbooks')
const cases = loadCases((process.env['CASES'] ?? '').split(',').filter((word) => word !== ''))

/** Each case has two hosts and four runs; more at once only wait for the same cores. */
const atOnce = 3
const results = new Map<string, CaseResult | Error>()
let labs: readonly TestLab[] = []
let server: CaseServer | undefined
let work = ''

test.before(async () => {
  await build({ quiet: true })
  labs = [await openTestLab('differential-ansible', 80), await openTestLab('differential-kmesos', 81)]
  for (const { lab } of labs) await lab.netUp()
  const gateways = labs.map(({ lab }) => lab.gateway)
  server = await startCaseServer(gateways, await caseFiles())
  // A short path: the control sockets of ssh stand below it.
  work = await mkdtemp(join(tmpdir(), 'kd'))
  const image = await caseImage()
  const [ansible, kmesos] = labs.map(
    ({ lab }, index) => new Side(index === 0 ? 'ansible' : 'kmesos', lab, image),
  )
  await mapLimit(cases, atOnce, async (one) => {
    const started = performance.now()
    const result = await runCase(one, [ansible as Side, kmesos as Side], work).catch(
      (error: unknown) => error as Error,
    )
    results.set(one.name, result)
    process.stderr.write(`${one.name}: ${((performance.now() - started) / 1000).toFixed(0)} s\n`)
  })
})

test.after(async () => {
  await server?.close()
  for (const opened of labs) await opened.close()
  await rm(work, { recursive: true, force: true })
})

for (const one of cases) {
  test(`${one.name} does the same as in Ansible`, () => {
    const result = results.get(one.name)
    if (result === undefined || result instanceof Error) throw result ?? new Error('did not run')
    const faults = judgeCase(one, result.differences)
    if (faults.length > 0) console.log([`\n${one.name}:`, ...faults, '', result.story].join('\n'))
    assert.is(faults.length, 0, 'the differences are told above')
  })
}

test('all of it is told in one line', () => {
  const done = [...results.values()].flatMap((result) => (result instanceof Error ? [] : [result]))
  const sum = (pick: (result: CaseResult) => number): number =>
    done.reduce((total, result) => total + pick(result), 0)
  const changed = `Ansible ${sum(({ changed }) => changed.ansible)} changed / kmesos ${sum(({ changed }) => changed.kmesos)} changed`
  const gaps = cases.filter(({ gap }) => gap !== undefined)
  const isOpen = (name: string): boolean => {
    const result = results.get(name)
    return result === undefined || result instanceof Error || result.differences.length > 0
  }
  const named = (open: boolean): string =>
    gaps
      .filter(({ name }) => isOpen(name) === open)
      .map(({ name }) => name)
      .join(' ') || 'none'
  const left = `, open gaps: ${named(true)}, closed gaps: ${named(false)}`
  console.log(
    `NOTE differential: ${done.length} cases, ${sum(({ tasks }) => tasks)} tasks, ${changed}${left}`,
  )
  assert.is(done.length, cases.length)
})

test.run()
