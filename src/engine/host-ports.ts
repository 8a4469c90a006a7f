import { mapServicePorts, servicePortsOf } from '../marathon/same-app.ts'
import type { NormalizedApp } from '../marathon/normalize-app.ts'
import type { StoredApp } from '../marathon/types.ts'
import type { PortRange } from './types.ts'

/**
 * Host ports in the order of the app's ports (mappings without a host port have none and are skipped); undefined when a
 * fixed one is taken or too few are free. Fixed ports outside of the agent's ranges are refused, as Mesos does not offer them.
 */
export function choosePorts(
  app: StoredApp,
  ranges: readonly PortRange[],
  used: ReadonlySet<number>,
): readonly number[] | undefined {
  const wanted = wantedHostPorts(app)
  const fixed = wanted.filter((port) => port !== 0)
  const taken = new Set([...used, ...fixed])
  if (
    fixed.some((port) => used.has(port) || !ranges.some(({ first, last }) => port >= first && port <= last))
  ) {
    return undefined
  }
  const free = freePorts(ranges, taken)
  const chosen: number[] = []
  for (const port of wanted) {
    const next = port === 0 ? free.next().value : port
    if (next === undefined) return undefined
    chosen.push(next)
  }
  return chosen
}

/** 0 = any. Mappings without a host port are left out. */
function wantedHostPorts(app: StoredApp): readonly number[] {
  const mappings = app.container?.portMappings
  if (mappings)
    return mappings.flatMap((mapping) => (mapping.hostPort === undefined ? [] : [mapping.hostPort]))
  return (app.portDefinitions ?? []).map((definition) => (app.requirePorts ? definition.port : 0))
}

/** Lowest first, counted from the usual 31000 where the range holds it: the low ones are for services with fixed ports. */
function* freePorts(ranges: readonly PortRange[], taken: ReadonlySet<number>): Generator<number, undefined> {
  for (const usual of [true, false]) {
    for (const { first, last } of ranges) {
      for (let port = first; port <= last; port++) {
        const inUsual = port >= usualFirst && port <= usualLast
        if (inUsual === usual && !taken.has(port)) yield port
      }
    }
  }
  return undefined
}

// The port range that a Mesos agent offers by default.
const usualFirst = 31000
const usualLast = 32000

/** The app with each service port of 0 replaced by a free one of `range`; `used` holds those of all other apps and grows. */
export function assignServicePorts(app: NormalizedApp, range: PortRange, used: Set<number>): NormalizedApp {
  for (const port of servicePortsOf(app)) used.add(port)
  let next = range.first
  return mapServicePorts(app, (port) => {
    if (port !== 0) return port
    while (used.has(next) && next <= range.last) next++
    if (next > range.last) throw new RangeError(`no service port is free in ${range.first}-${range.last}`)
    used.add(next)
    return next
  })
}
