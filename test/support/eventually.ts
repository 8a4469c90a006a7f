import { setTimeout as delay } from 'node:timers/promises'

const pollMs = 5

/** Waits until the condition holds; fails with its text after the limit. For things outside of this process that tell nobody. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  limitMs = 15_000,
): Promise<void> {
  const deadline = Date.now() + limitMs
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${limitMs} ms: ${condition.toString()}`)
    await delay(pollMs)
  }
}
