import { unknownWord } from '../kernel/nearest.ts'
import type { Problem } from '../kernel/problems.ts'
import { printRequirement } from '../start-spec/requirement.ts'
import type { Role, ServiceDefinition } from '../roles/types.ts'
import { includedNames } from '../templates/partials.ts'
import { graphProblems, stepsOf } from './graph.ts'
import type { Site } from './types.ts'

/** What roles need of each other and of the site: all faults at once. */
export function servicesProblems(
  roles: readonly Role[],
  site: Site,
  partials: Readonly<Record<string, string>>,
): readonly Problem[] {
  const services = roles.flatMap((role) => role.services)
  return [
    ...doubledNames(services),
    ...graphProblems(stepsOf(services)),
    ...missingPlacements(services, site),
    ...services.flatMap((service) => placementProblems(service, site)),
    ...hostScopeProblems(services, site),
    ...portProblems(services, site),
    ...secretProblems(roles, site),
    ...roles.flatMap((role) => templateProblems(role, partials)),
  ]
}

function doubledNames(services: readonly ServiceDefinition[]): readonly Problem[] {
  return services.flatMap((service, index) => {
    const first = services.findIndex((other) => other.name === service.name)
    if (first === index) return []
    return [
      {
        where: service.where,
        message: `service ${service.name} is defined at ${services[first]?.where} too`,
      },
    ]
  })
}

/** A group that the inventory lacks is told once, with all services that should run on its hosts. */
function missingPlacements(services: readonly ServiceDefinition[], site: Site): readonly Problem[] {
  const lost = services.filter((service) => site.groups[service.placement] === undefined)
  return [...new Set(lost.map((service) => service.placement))].map((group) => {
    const placed = lost.filter((service) => service.placement === group)
    const names = placed.map((service) => service.name).join(', ')
    const unknown = unknownWord('group of the inventory', group, Object.keys(site.groups))
    return { where: placed[0]?.where ?? group, message: `placement of ${names}: ${unknown}` }
  })
}

function placementProblems(service: ServiceDefinition, site: Site): readonly Problem[] {
  const { where, name, placement } = service
  const hosts = site.groups[placement]
  if (hosts === undefined) return []
  if (hosts.length === 0)
    return [{ where, message: `placement of ${name}: the group "${placement}" has no hosts` }]
  const wanted = service.instances ?? 1
  if (wanted <= hosts.length) return []
  return [
    {
      where,
      message: `instances of ${name}: ${wanted} do not fit on the ${hosts.length} hosts of "${placement}"`,
    },
  ]
}

/** A requirement on the same host can hold only where the provider runs on all hosts of the one that requires. */
function hostScopeProblems(services: readonly ServiceDefinition[], site: Site): readonly Problem[] {
  const byName = new Map(services.map((service) => [service.name, service]))
  return services.flatMap((service) => {
    const steps = service.daemon ? [...service.commands, service.daemon] : service.commands
    return steps.flatMap((step) =>
      step.requires.flatMap((requirement) => {
        const provider = byName.get(requirement.service)
        if (requirement.scope !== 'host' || !provider) return []
        const missing = hostsOf(service, site).filter((host) => !hostsOf(provider, site).includes(host))
        if (missing.length === 0) return []
        const message = `${service.name} requires ${printRequirement(requirement)}, but ${provider.name} is not placed on ${missing.join(', ')}`
        return [{ where: step.where, message }]
      }),
    )
  })
}

function hostsOf(service: ServiceDefinition, site: Site): readonly string[] {
  const hosts = site.groups[service.placement] ?? []
  return service.pin === 'first' ? hosts.slice(0, 1) : hosts
}

function portProblems(services: readonly ServiceDefinition[], site: Site): readonly Problem[] {
  const taken = new Map<string, ServiceDefinition>()
  const problems = new Map<string, Problem>()
  for (const service of services) {
    for (const port of Object.values(service.ports)) {
      for (const host of hostsOf(service, site)) {
        const other = taken.get(`${host}:${port}`)
        taken.set(`${host}:${port}`, other ?? service)
        if (!other) continue
        const message = `port ${port} on ${host} is used by ${other.name} and ${service.name}`
        if (!problems.has(`${service.name}:${port}`))
          problems.set(`${service.name}:${port}`, { where: service.where, message })
      }
    }
  }
  return [...problems.values()]
}

/** A secret among the variables would stand in ZooKeeper for every container to read. */
function secretProblems(roles: readonly Role[], site: Site): readonly Problem[] {
  return declaredSecrets(roles)
    .filter((name) => Object.hasOwn(site.variables, name))
    .map((name) => ({
      where: 'variables',
      message: `"${name}" is a secret and must not be a variable: remove it there and use kmesos password init`,
    }))
}

/** Names of all secrets that roles declare, sorted. */
export function declaredSecrets(roles: readonly Role[]): readonly string[] {
  const lists = roles.flatMap((role) => [...role.services, ...role.outputs].map((each) => each.secrets))
  return [...new Set(lists.flat())].sort()
}

function templateProblems(role: Role, partials: Readonly<Record<string, string>>): readonly Problem[] {
  const files = role.services.flatMap((service) => service.files)
  const missing = [...files, ...role.outputs]
    .filter((file) => role.templates[file.source] === undefined)
    .map((file) => ({
      where: file.where,
      message: unknownWord(
        `template in roles/${role.name}/templates`,
        file.source,
        Object.keys(role.templates),
      ),
    }))
  const texts = Object.entries(role.templates).map(
    ([name, text]) => [`roles/${role.name}/templates/${name}`, text] as const,
  )
  const shared = Object.entries(partials).map(([name, text]) => [`templates/${name}.ejs`, text] as const)
  const includes = [...texts, ...shared].flatMap(([file, text]) =>
    includedNames(text)
      .filter((name) => partials[name] === undefined)
      .map((name) => ({ where: file, message: unknownWord('partial', name, Object.keys(partials)) })),
  )
  return [...missing, ...includes]
}
