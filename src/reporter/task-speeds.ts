/** Bucket i of a histogram holds durations from 1.25^i ms on: a median within 12 % at a fixed cost, however many hosts. */
const growth = Math.log(1.25)
const buckets = 96

class Histogram {
  readonly #counts = new Uint32Array(buckets)
  #total = 0

  add(ms: number): void {
    const index = Math.min(buckets - 1, Math.floor(Math.log(Math.max(1, ms)) / growth))
    this.#counts[index] = (this.#counts[index] ?? 0) + 1
    this.#total++
  }

  get total(): number {
    return this.#total
  }

  get median(): number {
    let seen = 0
    for (const [index, count] of this.#counts.entries()) {
      seen += count
      if (seen * 2 >= this.#total) return Math.exp((index + 0.5) * growth)
    }
    return 0
  }
}

/** So many hosts must have done a task before its median says anything. */
const fewest = 3
/** Slower than this many medians, and than this many milliseconds, is a straggler. */
const factor = 3
const shortestMs = 5_000

/** How long the same task took on the hosts that are done with it; finds those that take much longer. */
export class TaskSpeeds {
  readonly #tasks = new Map<string, Histogram>()

  add(task: string, ms: number): void {
    const known = this.#tasks.get(task)
    if (known) return known.add(ms)
    const made = new Histogram()
    made.add(ms)
    this.#tasks.set(task, made)
  }

  /** The median of the others when a host that has been at the task for so long is a straggler, else undefined. */
  medianBehind(task: string, elapsedMs: number): number | undefined {
    if (elapsedMs < shortestMs) return undefined
    const times = this.#tasks.get(task)
    if (!times || times.total < fewest) return undefined
    const { median } = times
    return elapsedMs > factor * median ? median : undefined
  }
}
