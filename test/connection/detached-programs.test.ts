import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { startArgv, type DetachedName } from '../../src/connection/detached-programs.ts'
import { DetachedRun } from '../../src/connection/detached-run.ts'
import type { Argv } from '../../src/kernel/shell.ts'
import { makeFolder } from '../support/run-playbook.ts'

/** Where signals are ignored all that is started ignores them, too: a TERM is lost for certain, not now and then. */
const deafTo = (signal: string, argv: Argv): Argv => [
  'sh',
  '-c',
  `trap '' ${signal}; exec "$@"`,
  'sh',
  ...argv,
]

function follower(argv: Argv, folder: string): ChildProcessWithoutNullStreams {
  const [program = '', ...words] = argv
  return spawn(program, words, { env: { ...process.env, TMPDIR: folder, HOME: folder } })
}

/** Feeds a run with what a follower says, until it has all; then lets it go and waits until nobody holds its outputs. */
async function followToEnd(child: ChildProcessWithoutNullStreams, run: DetachedRun): Promise<void> {
  const channel = run.opened(undefined)
  const closed = once(child, 'close', { signal: AbortSignal.timeout(60_000) })
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (chunk: Buffer) => {
      run.push(channel, stream, chunk)
      if (run.state === 'ended' && !child.stdin.writableEnded) child.stdin.end('ok\n')
    })
  }
  await closed
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = makeFolder()
  try {
    await work(folder.path)
  } finally {
    folder.remove()
  }
}

const start = (name: DetachedName, script: string): Argv => startArgv(name, 0, ['sh', '-c', script])

test('what watches the outputs is ended even where TERM does not reach it: the channel closes', async () => {
  await inFolder(async (folder) => {
    const run = new DetachedRun()
    await followToEnd(follower(deafTo('TERM', start(run.name, 'echo said; exit 3')), folder), run)
    assert.is(run.state, 'ended')
    assert.is(run.exitCode, 3)
    assert.is(run.output('stdout').toString(), 'said\n')
  })
})

test.run()
