import type { RunEvent, TaskResultEvent } from './types.ts'

export interface TaskTime {
  readonly event: TaskResultEvent
  readonly from: number
  readonly to: number
}

/**
 * When each task really ran. Results of one remote program come together at its end; what tells the tasks apart is when each
 * began: a task ends where the next one of its host begins. Tasks that had nothing to do took the time before the first.
 */
export function taskTimes(events: readonly RunEvent[]): readonly TaskTime[] {
  const starts = new Map<string, { readonly task: string; readonly at: number }[]>()
  const times: TaskTime[] = []
  for (const event of events) {
    if (event.kind === 'task-started') {
      const known = starts.get(event.host)
      if (known) known.push(event)
      else starts.set(event.host, [event])
    }
    if (event.kind === 'task-result') times.push(timeOf(event, starts.get(event.host) ?? []))
  }
  return times
}

function timeOf(event: TaskResultEvent, starts: { readonly task: string; readonly at: number }[]): TaskTime {
  const mine = starts.findIndex((start) => start.task === event.task && start.at >= event.startedAt)
  const [begun] = mine < 0 ? [] : starts.splice(mine, 1)
  const from = begun?.at ?? event.startedAt
  const next = starts.find((start) => start.at >= from)
  return { event, from, to: Math.max(from, Math.min(event.at, next?.at ?? event.at)) }
}
