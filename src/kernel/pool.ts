/** What became of one item of a bounded run. */
export type Outcome<T, R> =
  | { readonly item: T; readonly ok: true; readonly value: R }
  | { readonly item: T; readonly ok: false; readonly error: unknown }

/**
 * Runs `work` on all items, at most `limit` at a time, in order of the list; one failure hides no other.
 * An aborted signal keeps items from being started; those end as failed with the signal's reason.
 */
export async function mapLimit<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<R>,
  signal?: AbortSignal,
): Promise<readonly Outcome<T, R>[]> {
  const outcomes = new Array<Outcome<T, R>>(items.length)
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++
      outcomes[index] = await attempt(items[index] as T, index, work, signal)
    }
  }
  await Promise.all(Array.from({ length: Math.min(Math.max(1, limit), items.length) }, worker))
  return outcomes
}

async function attempt<T, R>(
  item: T,
  index: number,
  work: (item: T, index: number) => Promise<R>,
  signal: AbortSignal | undefined,
): Promise<Outcome<T, R>> {
  try {
    signal?.throwIfAborted()
    return { item, ok: true, value: await work(item, index) }
  } catch (error) {
    return { item, ok: false, error }
  }
}

/** As mapLimit, for work whose failure is the whole's: throws the first error after all have ended. */
export async function mapLimitOrThrow<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<R>,
  signal?: AbortSignal,
): Promise<readonly R[]> {
  const outcomes = await mapLimit(items, limit, work, signal)
  return outcomes.map((outcome) => {
    if (!outcome.ok) throw outcome.error
    return outcome.value
  })
}

/** A counted gate: at most `limit` holders at a time, first come first served. */
export class Limiter {
  readonly #limit: number
  #held = 0
  readonly #waiting: (() => void)[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  async run<R>(work: () => Promise<R>): Promise<R> {
    if (this.#held >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#held++
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      // The place is handed over, not freed: nobody can slip in between.
      if (next) next()
      else this.#held--
    }
  }
}
