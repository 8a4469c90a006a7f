import * as assert from 'uvu/assert'

/** Asserts that the work fails with an error of the class, and returns it. */
export async function failsWith<E extends Error>(
  work: () => Promise<unknown>,
  errorClass: abstract new (...args: never[]) => E,
): Promise<E> {
  const outcome = await work().then(
    () => undefined,
    (error: unknown) => error,
  )
  assert.instance(outcome, errorClass)
  return outcome as E
}
