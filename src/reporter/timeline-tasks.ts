import { taskTimes } from './task-times.ts'
import type { RunEvent } from './types.ts'

/** How one task went on all hosts of a run. */
export interface TaskSummary {
  readonly task: string
  readonly hosts: number
  readonly changed: number
  readonly failed: number
  readonly medianMs: number
  readonly slowestMs: number
  readonly slowestHost: string
}

interface Collected {
  readonly times: number[]
  readonly hosts: Set<string>
  changed: number
  failed: number
  slowestMs: number
  slowestHost: string
}

/** The tasks that took time, the one that took longest on some host first. */
export function summarizeTasks(events: readonly RunEvent[]): readonly TaskSummary[] {
  const tasks = new Map<string, Collected>()
  for (const { event, from, to } of taskTimes(events)) {
    const key = `${event.play}\n${event.task}`
    const found = tasks.get(key) ?? newTask()
    tasks.set(key, found)
    const ms = to - from
    found.times.push(ms)
    found.hosts.add(event.host)
    if (event.status === 'changed') found.changed++
    if (event.status === 'failed' || event.status === 'unreachable') found.failed++
    if (ms > found.slowestMs) Object.assign(found, { slowestMs: ms, slowestHost: event.host })
  }
  return [...tasks]
    .filter(([, { slowestMs }]) => slowestMs >= shortestMs)
    .map(([key, found]) => summaryOf(key.slice(key.indexOf('\n') + 1), found))
    .sort((a, b) => b.slowestMs - a.slowestMs)
}

/** What takes less anywhere nobody looks for. */
const shortestMs = 50

function newTask(): Collected {
  return { times: [], hosts: new Set(), changed: 0, failed: 0, slowestMs: -1, slowestHost: '' }
}

function summaryOf(task: string, { times, hosts, ...rest }: Collected): TaskSummary {
  const sorted = times.sort((a, b) => a - b)
  return { task, hosts: hosts.size, ...rest, medianMs: sorted[Math.floor((sorted.length - 1) / 2)] ?? 0 }
}
