import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Connection, ExecOptions } from '../../src/connection/types.ts'
import { TimeoutError } from '../../src/kernel/errors.ts'
import type { Argv } from '../../src/kernel/shell.ts'
import { localTransport, playText, type CountingTransport } from '../support/run-playbook.ts'

/** A host on which an earlier run's program is at work, told in the words of the protocol; it ends in time or it does not. */
function busyTransport(ends: boolean): CountingTransport {
  const inner = localTransport()
  return {
    ...inner,
    connect: async (host) => {
      const connection = await inner.connect(host)
      const exec = (argv: Argv, options?: ExecOptions): ReturnType<Connection['exec']> => {
        const token = /^T=(\S+);/m.exec(String(options?.stdin))?.[1]
        options?.onLine?.(`${token} wait 4711 4700 load the images`, 'stdout')
        if (!ends)
          throw new TimeoutError('sh -s did not end on h1 within 5 s', { hint: 'raise --command-timeout' })
        options?.onLine?.(`${token} waited`, 'stdout')
        return connection.exec(argv, options)
      }
      return { ...connection, exec }
    },
  }
}

const play = '- { hosts: all, tasks: [{ name: look, command: echo hi }] }\n'

test('who waits for a program of an earlier run is told which task it is at, and how to end it', async () => {
  const run = await playText(play, { transport: busyTransport(true) })
  assert.is(run.recap.exitCode, 0)
  const notes = run.events.flatMap((event) => (event.kind === 'message' ? [event.text] : []))
  assert.match(notes[0] ?? '', 'h1 is still at work on task "load the images" of an earlier run (pid 4711)')
  assert.match(notes[0] ?? '', 'end it there with "kill -KILL -4700"')
})

test('a time limit that runs out meanwhile names the leftover, not the innocent program that waits', async () => {
  const run = await playText(play, { transport: busyTransport(false) })
  assert.equal(run.recap.failed, ['h1'])
  const [result] = run.results
  assert.match(result?.message ?? '', 'task "load the images" of an earlier run (pid 4711)')
  const text = JSON.stringify(run.events)
  assert.match(text, 'kill -KILL -4700')
  assert.match(text, '--command-timeout')
})

test.run()
