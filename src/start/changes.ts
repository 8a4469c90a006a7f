/** A bell: rings for all who listen when something has changed. */
export class Changes {
  readonly #listeners = new Set<() => void>()

  tell(): void {
    for (const listener of [...this.#listeners]) listener()
  }

  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

/** Resolves with the probe's first value that is not undefined, now or after one of the changes; rejects with the signal's reason. */
export function until<T>(
  changes: readonly Changes[],
  probe: () => T | undefined,
  signal: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const stops: (() => void)[] = []
    const end = (settle: () => void): void => {
      for (const stop of stops) stop()
      settle()
    }
    const look = (): void => {
      try {
        const value = probe()
        if (value !== undefined) end(() => resolve(value))
      } catch (error) {
        end(() => reject(error))
      }
    }
    const aborted = (): void => end(() => reject(signal.reason as Error))
    if (signal.aborted) return aborted()
    signal.addEventListener('abort', aborted, { once: true })
    stops.push(
      () => signal.removeEventListener('abort', aborted),
      ...changes.map((change) => change.listen(look)),
    )
    look()
  })
}
