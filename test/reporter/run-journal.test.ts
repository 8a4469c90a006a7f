import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, appendFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { keptRuns, readJournal, RunJournal } from '../../src/reporter/run-journal.ts'
import type { RunEvent } from '../../src/reporter/types.ts'

const startedAt = Date.UTC(2026, 0, 31, 12)
const message: RunEvent = { kind: 'message', level: 'info', text: 'hello', at: startedAt + 1 }

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kmesos-journal-'))
  try {
    await work(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('a run leaves its events, its log and its timeline, for the owner alone', () =>
  inFolder(async (folder) => {
    const journal = new RunJournal({ folder, verb: 'password init', startedAt })
    journal.report({ kind: 'run-started', verb: 'deploy', at: startedAt, check: false })
    journal.report(message)
    await journal.close()
    assert.is(journal.folder, join(folder, '20260131T120000-password-init'))
    assert.equal(readdirSync(journal.folder).sort(), ['journal.jsonl', 'run.log', 'timeline.html'])
    assert.is(readFileSync(journal.logFile, 'utf8'), '12:00:00.001 hello\n')
    assert.equal(readJournal(join(journal.folder, 'journal.jsonl')).at(-1), message)
    const modes = readdirSync(journal.folder).map((name) => statSync(join(journal.folder, name)).mode & 0o777)
    assert.equal(modes, [0o600, 0o600, 0o600])
  }))

test('a second run in the same second has a folder of its own', () =>
  inFolder(async (folder) => {
    const first = new RunJournal({ folder, verb: 'deploy', startedAt })
    const second = new RunJournal({ folder, verb: 'deploy', startedAt })
    await first.close()
    await second.close()
    assert.is(second.folder, `${first.folder}.2`)
  }))

test('the last thirty runs are kept, and foreign folders are left alone', () =>
  inFolder(async (folder) => {
    mkdirSync(join(folder, 'mine'))
    for (let day = 0; day < keptRuns + 5; day++) {
      await new RunJournal({ folder, verb: 'deploy', startedAt: startedAt + day * 86_400_000 }).close()
    }
    const names = readdirSync(folder).sort()
    assert.is(names.length, keptRuns + 1)
    assert.is(names[0], '20260205T120000-deploy')
    assert.is(names.at(-1), 'mine')
  }))

test('a half-written last line of a killed run is passed over', () =>
  inFolder(async (folder) => {
    const journal = new RunJournal({ folder, verb: 'deploy', startedAt })
    journal.report(message)
    journal.flush()
    appendFileSync(join(journal.folder, 'journal.jsonl'), '{"kind":"mess')
    assert.equal(readJournal(join(journal.folder, 'journal.jsonl')), [message])
    await journal.close()
  }))

test('a folder that cannot be written any more is told once, and the run goes on', () =>
  inFolder(async (folder) => {
    const faults: string[] = []
    const journal = new RunJournal({
      folder,
      verb: 'deploy',
      startedAt,
      onFault: (text) => faults.push(text),
    })
    rmSync(journal.folder, { recursive: true })
    journal.report(message)
    journal.flush()
    journal.report(message)
    journal.flush()
    await journal.close()
    assert.is(faults.length, 1)
    assert.match(
      faults[0] ?? '',
      /deploy cannot be written any more \(ENOENT.*; the run goes on without its log/,
    )
  }))

test('a journal that cannot begin throws', () =>
  inFolder((folder) => {
    appendFileSync(join(folder, 'file'), '')
    assert.throws(() => new RunJournal({ folder: join(folder, 'file'), verb: 'deploy', startedAt }))
    return Promise.resolve()
  }))

test.run()
