import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { recallFailure } from '../../src/services/recall-failure.ts'

const link = { step: 'api/daemon', state: 'starting', why: 'starting' }
const failed = {
  ...{ id: 'api/daemon', state: 'error', holds: false, waitingFor: [] },
  ...{ error: 'exit code 3', since: '2026-01-01T00:00:00Z', log: ['no such table'] },
}

test('a step that is tried again is told with its failure before and the last lines', () => {
  const recalled = recallFailure(link, failed)
  assert.is(recalled.why, 'starting; the time before it failed at 2026-01-01T00:00:00Z: exit code 3')
  assert.equal(recalled.log, ['no such table'])
})

test('a failure that is told already is not told twice', () => {
  const told = { ...link, why: 'error: exit code 3', log: ['newer'] }
  assert.is(recallFailure(told, failed), told)
})

test('without a failure nothing is added', () => {
  assert.is(recallFailure(link, undefined), link)
})

test.run()
