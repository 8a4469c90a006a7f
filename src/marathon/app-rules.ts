import type { AppFault } from './fault.ts'
import { isJsonObject, objectsOf, type JsonObject } from './json.ts'
import type { NormalizedApp } from './normalize-app.ts'

/** Rules between members that a schema cannot hold. Takes the app with its defaults and as it was given. */
export function ruleFaults(app: NormalizedApp, given: JsonObject): readonly AppFault[] {
  return [
    ...nameFaults(app),
    ...oldPortFaults(given),
    ...healthFaults(app),
    ...readinessFaults(app),
    ...constraintFaults(app),
    ...limitFaults(app),
    ...roleFaults(app),
    ...networkFaults(app),
    ...secretFaults(app),
  ]
}

interface NamedPort {
  readonly name?: string
}

function portsOf(app: NormalizedApp): readonly NamedPort[] {
  return app.container?.portMappings ?? app.portDefinitions ?? []
}

function nameFaults(app: NormalizedApp): AppFault[] {
  const member = app.container?.portMappings ? ['container', 'portMappings'] : ['portDefinitions']
  const names = portsOf(app).flatMap((port) => (port.name === undefined ? [] : [port.name]))
  const numbers = (app.portDefinitions ?? [])
    .map((definition) => definition.port)
    .filter((port) => port !== 0)
  return [
    ...(hasDoubles(names) ? [rule(member, 'Port names must be unique.')] : []),
    ...(hasDoubles(numbers) ? [rule(['portDefinitions'], 'Ports must be unique.')] : []),
  ]
}

function oldPortFaults(given: JsonObject): AppFault[] {
  const { ports, portDefinitions } = given
  if (!Array.isArray(ports) || !Array.isArray(portDefinitions)) return []
  const same =
    JSON.stringify(ports) === JSON.stringify(objectsOf(portDefinitions).map((item) => item['port'] ?? 0))
  return same ? [] : [rule([], 'cannot specify both ports and portDefinitions')]
}

function healthFaults(app: NormalizedApp): AppFault[] {
  const checks = app.healthChecks ?? []
  const ports = portsOf(app).length
  const mesos = checks.filter((check) => check.protocol?.startsWith('MESOS_')).length
  const many =
    mesos > 1 ? [rule(['healthChecks'], 'AppDefinition can contain at most one Mesos health check')] : []
  const outside = checks.flatMap((check, index) => {
    if (check.protocol === 'COMMAND' || check.port !== undefined) return []
    const inRange = check.portIndex !== undefined && check.portIndex < ports
    const message = `Health check port indices must address an element of the ports array or container port mappings.`
    return inRange ? [] : [rule(['healthChecks', index], message)]
  })
  return [...many, ...outside]
}

function readinessFaults(app: NormalizedApp): AppFault[] {
  const names = portsOf(app).map((port) => port.name)
  return (app.readinessChecks ?? []).flatMap((check, index) => {
    const path = ['readinessChecks', index]
    const unknown = !names.includes(check.portName)
    const slow = (check.timeoutSeconds ?? 0) >= (check.intervalSeconds ?? 0)
    return [
      ...(unknown
        ? [rule([...path, 'portName'], `portName ${check.portName} must be the name of a port of the app`)]
        : []),
      ...(slow ? [rule(path, 'Timeout must be less than interval')] : []),
    ]
  })
}

function constraintFaults(app: NormalizedApp): AppFault[] {
  return (app.constraints ?? []).flatMap(([, operator, value], index) => {
    if (operator !== 'LIKE' && operator !== 'UNLIKE') return []
    try {
      new RegExp(value ?? '')
      return []
    } catch {
      return [rule(['constraints', index], `Invalid regular expression '${value ?? ''}'`)]
    }
  })
}

function limitFaults(app: NormalizedApp): AppFault[] {
  return (['cpus', 'mem'] as const).flatMap((name) => {
    const limit = app.resourceLimits?.[name]
    const low = typeof limit === 'number' && limit < app[name]
    return low
      ? [rule(['resourceLimits', name], `resource limit must be greater than or equal to requested ${name}`)]
      : []
  })
}

function roleFaults(app: NormalizedApp): AppFault[] {
  const accepted = app.acceptedResourceRoles ?? []
  const wrong = accepted.filter((role) => role !== '*' && role !== app.role)
  const message = `acceptedResourceRoles can only contain * and ${app.role}`
  return wrong.length > 0 ? [rule(['acceptedResourceRoles'], message)] : []
}

function networkFaults(app: NormalizedApp): AppFault[] {
  const names = app.networks.map((network) => network.name)
  const bare = app.networks.some((network) => network.mode === 'container' && network.name === undefined)
  // The server would need --default_network_name, which kmesos never sets.
  const unnamed = bare ? [rule(['networks'], 'a container network needs a name')] : []
  return hasDoubles(names) ? [...unnamed, rule(['networks'], 'network names must be unique')] : unnamed
}

function secretFaults(app: NormalizedApp): AppFault[] {
  const declared = app.secrets ?? {}
  return Object.entries(app.env ?? {}).flatMap(([name, value]) => {
    if (!isJsonObject(value) || String(value['secret']) in declared) return []
    return [rule(['env', name], `references an undeclared secret named '${String(value['secret'])}'`)]
  })
}

function hasDoubles(items: readonly unknown[]): boolean {
  return new Set(items).size !== items.length
}

function rule(path: AppFault['path'], message: string): AppFault {
  return { path, kind: 'rule', code: message, message }
}
