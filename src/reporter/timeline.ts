import { isSettled } from './settled.ts'
import { summarizeTasks, type TaskSummary } from './timeline-tasks.ts'
import { taskTimes } from './task-times.ts'
import type { RunEvent, StateEvent } from './types.ts'

/** One stretch of time of a host or a service. Times: milliseconds since 1970. */
export interface Bar {
  readonly label: string
  readonly from: number
  readonly to: number
  readonly kind: 'ok' | 'changed' | 'failed' | 'waiting' | 'running' | 'phase'
}

export interface TimelineRow {
  readonly name: string
  readonly group: 'phase' | 'host' | 'service'
  readonly bars: readonly Bar[]
}

export interface Step extends Bar {
  readonly name: string
}

export interface Timeline {
  readonly verb: string
  readonly from: number
  readonly to: number
  readonly rows: readonly TimelineRow[]
  /** What the run's length came from, in order of time. */
  readonly criticalPath: readonly Step[]
  readonly tasks: readonly TaskSummary[]
}

/** Reads a run's events into rows of bars. `events` in order of time. */
export function buildTimeline(events: readonly RunEvent[]): Timeline {
  const from = events[0]?.at ?? 0
  const to = events.at(-1)?.at ?? from
  const phases = phaseBars(events, to)
  const services = serviceRows(events, to)
  const hosts = hostRows(events)
  const waits = waitsOf(events)
  const started = events.find((event) => event.kind === 'run-started')
  const rows: TimelineRow[] = [{ name: 'phases', group: 'phase', bars: phases }, ...hosts, ...services]
  return {
    verb: started?.kind === 'run-started' ? started.verb : '',
    from,
    to,
    rows: rows.filter((row) => row.bars.length > 0),
    criticalPath: phases.flatMap((phase) => criticalPathOf(phase, hosts, services, waits)),
    tasks: summarizeTasks(events),
  }
}

/** Phases; where a run has none, its plays. */
function phaseBars(events: readonly RunEvent[], end: number): readonly Bar[] {
  const bars = barsBetween(events, end, ['phase-started', 'phase-ended'])
  return bars.length > 0 ? bars : barsBetween(events, end, ['play-started', 'play-ended'])
}

function barsBetween(
  events: readonly RunEvent[],
  end: number,
  [starts, ends]: readonly [RunEvent['kind'], RunEvent['kind']],
): readonly Bar[] {
  const open: { label: string; from: number }[] = []
  const bars: Bar[] = []
  for (const event of events) {
    const label = 'phase' in event ? event.phase : 'play' in event ? event.play : ''
    if (event.kind === starts) open.push({ label, from: event.at })
    if (event.kind !== ends) continue
    const index = open.findIndex((bar) => bar.label === label)
    const [begun] = index < 0 ? [] : open.splice(index, 1)
    const failed = 'outcome' in event && event.outcome === 'failed'
    if (begun) bars.push({ ...begun, to: event.at, kind: failed ? 'failed' : 'phase' })
  }
  return [...bars, ...open.map((bar) => ({ ...bar, to: end, kind: 'phase' }) as const)]
}

function hostRows(events: readonly RunEvent[]): readonly TimelineRow[] {
  const rows = new Map<string, Bar[]>()
  for (const { event, from, to } of taskTimes(events)) {
    if (to <= from) continue
    const failed = event.status === 'failed' || event.status === 'unreachable'
    const kind = failed ? 'failed' : event.status === 'changed' ? 'changed' : 'ok'
    const bars = rows.get(event.host) ?? []
    bars.push({ label: event.task, from, to, kind })
    rows.set(event.host, bars)
  }
  return [...rows].map(([name, bars]) => ({ name, group: 'host', bars }))
}

function serviceRows(events: readonly RunEvent[], end: number): readonly TimelineRow[] {
  const states = statesBySubject(events, () => true)
  return [...states].map(([name, list]) => ({
    name,
    group: 'service',
    bars: list.flatMap((event, index) => stateBar(event, list[index + 1]?.at ?? end)),
  }))
}

function statesBySubject(events: readonly RunEvent[], wanted: (event: StateEvent) => boolean): Waits {
  const states = new Map<string, StateEvent[]>()
  for (const event of events) {
    if (event.kind !== 'state' || !wanted(event)) continue
    states.set(event.subject, [...(states.get(event.subject) ?? []), event])
  }
  return states
}

function stateBar(event: StateEvent, to: number): readonly Bar[] {
  const failed = event.state === 'failed' || event.state === 'error'
  if (isSettled(event) && !failed) return []
  const kind = failed ? 'failed' : isWaiting(event) ? 'waiting' : 'running'
  const detail = event.detail === undefined ? '' : ` (${event.detail})`
  return to > event.at ? [{ label: `${event.state}${detail}`, from: event.at, to, kind }] : []
}

function isWaiting(event: StateEvent): boolean {
  return event.state === 'waiting' || (event.waitingFor ?? []).length > 0
}

/** Per subject: until when it waited for which others. */
type Waits = ReadonlyMap<string, readonly StateEvent[]>

function waitsOf(events: readonly RunEvent[]): Waits {
  return statesBySubject(events, isWaiting)
}

function criticalPathOf(
  phase: Bar,
  hosts: readonly TimelineRow[],
  services: readonly TimelineRow[],
  waits: Waits,
): readonly Step[] {
  const last = latest(services, phase)
  if (last) return servicePath(last, services, { phase, waits })
  const straggler = latest(hosts, phase)
  if (!straggler) return [{ ...phase, name: phase.label }]
  return straggler.bars.filter((bar) => within(bar, phase)).map((bar) => ({ ...bar, name: straggler.name }))
}

/** From the last step backwards: its own work, then that of whom it waited for last (or of the step before it), and so on. */
function servicePath(
  last: TimelineRow,
  services: readonly TimelineRow[],
  { phase, waits }: { readonly phase: Bar; readonly waits: Waits },
): readonly Step[] {
  const path: Step[] = []
  const seen = new Set<string>()
  for (let row: TimelineRow | undefined = last; row && !seen.has(row.name);) {
    seen.add(row.name)
    const { name, bars } = row
    const work = bars.filter((bar) => bar.kind !== 'waiting' && within(bar, phase))
    path.unshift(...work.map((bar) => ({ ...bar, name })))
    const begin = work[0]?.from ?? phase.to
    const before = services.filter((other) => isBefore(other, row as TimelineRow, waits))
    row = latest(before, { ...phase, to: begin })
  }
  return path
}

/** Whether a step is one that the other waited for, or an earlier one of the same service. */
function isBefore(step: TimelineRow, other: TimelineRow, waits: Waits): boolean {
  const waited = (waits.get(other.name) ?? []).some((event) => event.waitingFor?.includes(step.name))
  return waited || (step.name !== other.name && serviceOf(step.name) === serviceOf(other.name))
}

function serviceOf(step: string): string {
  return step.split('/')[0] ?? step
}

function latest(rows: readonly TimelineRow[], phase: Bar): TimelineRow | undefined {
  let found: TimelineRow | undefined
  let end = Number.NEGATIVE_INFINITY
  for (const row of rows) {
    const last = Math.max(...row.bars.filter((bar) => within(bar, phase)).map((bar) => bar.to))
    if (last <= end) continue
    found = row
    end = last
  }
  return found
}

function within(bar: Bar, phase: Bar): boolean {
  return bar.from >= phase.from && bar.from <= phase.to
}
