import * as assert from 'uvu/assert'

/** Asserts that the promise rejects and returns the error, for more assertions on it. uvu's `throws` misses async throws. */
export async function rejects(promise: Promise<unknown>, expected?: RegExp): Promise<Error> {
  let error: unknown
  try {
    await promise
  } catch (thrown) {
    error = thrown
  }
  if (error === undefined) assert.unreachable('expected the promise to reject')
  assert.instance(error, Error)
  if (expected) assert.match((error as Error).message, expected)
  return error as Error
}
