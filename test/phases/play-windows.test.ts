import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { KmesosError } from '../../src/kernel/errors.ts'
import { fuzzSeed } from '../support/fuzz-seed.ts'
import { anyRun } from '../support/reference/generate.ts'
import { interpret, type Outcome } from '../support/reference/interpret.ts'
import type { RunModel } from '../support/reference/model.ts'
import { playbookOf } from '../support/reference/playbook.ts'
import { inventoryOf, isolatedTransport, makeFolder, runPlaybook } from '../support/run-playbook.ts'

const cases = Number(process.env['KMESOS_CASES'] ?? 50)
/** A case takes a second; what does not end at all is a fault and no reason to wait. */
const caseLimitMs = 120_000

async function runnerOutcome(run: RunModel): Promise<Outcome> {
  const folder = makeFolder()
  try {
    const { text, files } = playbookOf(run)
    const placed = (each: string): string => each.replaceAll('DIR', folder.path)
    for (const host of run.hosts) mkdirSync(join(folder.path, host))
    for (const [name, content] of Object.entries(files)) folder.write(name, placed(content))
    const { results, recap } = await runPlaybook(folder.write('p.yml', placed(text)), {
      inventory: inventoryOf(Object.fromEntries(run.hosts.map((host) => [host, {}]))),
      transport: isolatedTransport(folder.path),
      signal: AbortSignal.timeout(caseLimitMs),
      ...(run.tags ? { tags: run.tags } : {}),
      ...(run.skipTags ? { skipTags: run.skipTags } : {}),
    })
    const byHost = <T>(of: (host: string) => T): Record<string, T> =>
      Object.fromEntries(run.hosts.map((host) => [host, of(host)]))
    return {
      results: byHost((host) =>
        results.filter((each) => each.host === host).map((each) => `${each.task}: ${each.status}`),
      ),
      recap: byHost((host) => {
        const { ok, changed, skipped, failed, rescued, ignored } =
          recap.hosts.find((each) => each.host === host) ?? nothing
        return { ok, changed, skipped, failed, rescued, ignored }
      }),
      files: byHost((host) => filesIn(join(folder.path, host))),
    }
  } finally {
    folder.remove()
  }
}

const nothing = { ok: 0, changed: 0, skipped: 0, failed: 0, rescued: 0, ignored: 0 }

function filesIn(folder: string): Readonly<Record<string, string>> {
  const names = existsSync(folder) ? readdirSync(folder).sort() : []
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]))
}

/** A failure shows the difference and the playbook: the counterexample alone would have to be run by hand. */
async function same(run: RunModel): Promise<void> {
  try {
    assert.equal(await runnerOutcome(run), interpret(run))
  } catch (error) {
    const { text, files } = playbookOf(run)
    const details =
      error instanceof KmesosError
        ? `${error.message}\n${error.detail}`
        : String((error as { readonly details?: string }).details)
    throw new Error([details, text, ...Object.entries(files).flat()].join('\n'), { cause: error })
  }
}

test('windows change nothing: results, recap, files and the order of commands are those of one task at a time', async () => {
  await fc.assert(
    fc.asyncProperty(anyRun, async (run) => {
      await same(run)
    }),
    {
      numRuns: cases,
      seed: fuzzSeed('plays against the reference', cases),
      timeout: caseLimitMs,
      includeErrorInReport: true,
    },
  )
})

test.run()
