import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { allCases, readRecordings } from './support/all-cases.ts'
import { withCase } from './support/inventory-case.ts'
import { answerOf, canonical } from './support/our-answer.ts'

// Ansible's words were recorded by support/record-cases.ts; test/integration/ansible-inventory.test.ts proves them live.
const recordings = readRecordings()

for (const one of allCases.filter(({ liveOnly }) => liveOnly !== true)) {
  test(`reads as ansible-inventory does: ${one.name}`, () =>
    withCase(one, async ({ question }) => {
      const { list, flat, graph } = recordings.get(one.name) ?? {}
      const ours = await answerOf(question)
      assert.is(canonical(ours.list), canonical(list))
      assert.is(canonical(ours.flat), canonical(flat))
      assert.is(ours.graph, graph)
    }))
}

test.run()
