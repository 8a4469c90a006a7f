import { formatDuration } from './format-duration.ts'
import { TaskSpeeds } from './task-speeds.ts'
import type { RunEvent } from './types.ts'

export interface HostRow {
  /** Absent: it connects, or looks at what is there. */
  readonly task?: string
  readonly since: number
  lastLine: string
  lastLineAt: number
}

export interface BusyHost {
  readonly host: string
  readonly row: HostRow
  /** What the same task takes others, where this one takes much longer. */
  readonly median: number | undefined
}

/** Looked at for stragglers at a time, however many hosts are busy. */
const mostLookedAt = 200

/** Who has a slot and does what since when. An event costs the same however many hosts there are. */
export class RunningHosts {
  /** The one that is longest at its step first: each step is put in anew. */
  readonly #rows = new Map<string, HostRow>()
  readonly #speeds = new TaskSpeeds()
  #inPlay = false

  get size(): number {
    return this.#rows.size
  }

  follow(event: RunEvent): void {
    switch (event.kind) {
      case 'play-started':
      case 'play-ended':
        this.#inPlay = event.kind === 'play-started'
        return this.#rows.clear()
      case 'host-started':
        return this.#begin(event.host, event.at)
      case 'task-started':
        // A task ends where the next one of its host begins; results come together, at the end of the program.
        this.#ended(event.host, event.at)
        return this.#begin(event.host, event.at, event.task)
      case 'output':
        return this.#said(event.host, event.line, event.at)
      case 'task-result':
        this.#ended(event.host, event.at)
        // Within a play a host keeps its slot and looks at what comes next.
        if (!this.#inPlay) this.#rows.delete(event.host)
        else if (this.#rows.has(event.host)) this.#begin(event.host, event.at)
        return
      case 'host-ended':
        this.#rows.delete(event.host)
        return
      default:
    }
  }

  #ended(host: string, at: number): void {
    const row = this.#rows.get(host)
    if (row?.task !== undefined) this.#speeds.add(row.task, at - row.since)
  }

  #begin(host: string, at: number, task?: string): void {
    this.#rows.delete(host)
    this.#rows.set(host, { ...(task === undefined ? {} : { task }), since: at, lastLine: '', lastLineAt: at })
  }

  #said(host: string, line: string, at: number): void {
    const row = this.#rows.get(host)
    if (!row || line.trim() === '') return
    row.lastLine = line
    row.lastLineAt = at
  }

  /** Stragglers, then whoever is longest at something; of very many hosts those that are longest at their step. */
  worstFirst(now: number): readonly BusyHost[] {
    const [slow, others]: [BusyHost[], BusyHost[]] = [[], []]
    for (const [host, row] of this.#rows) {
      if (slow.length + others.length >= mostLookedAt) break
      const median = row.task === undefined ? undefined : this.#speeds.medianBehind(row.task, now - row.since)
      if (median === undefined) others.push({ host, row, median })
      else slow.push({ host, row, median })
    }
    return [...slow, ...others]
  }
}

/** `6x the median of 21 s` */
export function slownessOf(elapsedMs: number, medianMs: number): string {
  return `${Math.round(elapsedMs / medianMs)}x the median of ${formatDuration(medianMs)}`
}
