import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { systemClock } from '../../src/kernel/clock.ts'
import { UnreachableError } from '../../src/kernel/errors.ts'
import { execOnHosts, gatherFacts, pingHosts, type AdhocOptions } from '../../src/phases/play-adhoc.ts'
import type { RunEvent } from '../../src/reporter/types.ts'
import { inventoryOf, localTransport } from '../support/run-playbook.ts'

const hosts = [...inventoryOf({ h1: {}, h2: {} }).hosts.values()]

function options(events: RunEvent[], spoil?: (host: string) => void): AdhocOptions {
  return {
    transport: localTransport(spoil),
    clock: systemClock,
    reporter: { report: (event) => events.push(event), close: () => Promise.resolve() },
  }
}

test('ping answers for each host, and a dead one hides no other', async () => {
  const events: RunEvent[] = []
  const answers = await pingHosts(
    hosts,
    options(events, (host) => {
      if (host === 'h1') throw new UnreachableError('no route')
    }),
  )
  assert.equal(
    answers.map(({ host, status }) => `${host} ${status}`),
    ['h1 unreachable', 'h2 ok'],
  )
  assert.is(answers[0]?.error?.message, 'no route')
})

test('exec reports lines as they come, and a code other than 0 is a failure with its result', async () => {
  const events: RunEvent[] = []
  const [answer] = await execOnHosts(
    hosts.slice(0, 1),
    ['sh', '-c', 'echo one; echo two >&2; exit 3'],
    options(events),
  )
  assert.is(answer?.status, 'failed')
  assert.is(answer?.value?.exitCode, 3)
  assert.is(answer?.error?.message, 'exit code 3')
  const lines = events.flatMap((event) => (event.kind === 'output' ? [`${event.stream} ${event.line}`] : []))
  assert.equal(lines.sort(), ['stderr two', 'stdout one'])
})

test('facts cost one command for each host', async () => {
  const events: RunEvent[] = []
  const given = options(events)
  const answers = await gatherFacts(hosts, given)
  assert.ok(answers.every(({ value }) => (value?.cpus ?? 0) > 0))
  assert.is((given.transport as ReturnType<typeof localTransport>).programs.length, 2)
})

test.run()
