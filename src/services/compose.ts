import type { Inventory, Vars } from '../inventory/types.ts'
import { ConfigError } from '../kernel/errors.ts'
import { unknownWord } from '../kernel/nearest.ts'
import { countOf, type Problem } from '../kernel/problems.ts'
import { appProblems } from '../marathon/validate-app.ts'
import { parseProfiles, parseRole } from '../roles/parse-role.ts'
import { defineFollowOns, withoutRepeats } from '../roles/root-cause.ts'
import type { Role, RoleSources, ServiceDefinition } from '../roles/types.ts'
import { buildApp } from './build-app.ts'
import { buildStartSpec } from './build-start-spec.ts'
import { servicesProblems } from './check-services.ts'
import { imageName } from './image-name.ts'
import { buildSite, siteFunctions, sourceOf } from './site.ts'
import type { BuiltService, Composition, Site } from './types.ts'

export interface ComposeRequest {
  readonly inventory: Inventory
  readonly sources: RoleSources
  readonly deployment: string
  /** Of roles/profiles.yml; undefined: the variable kmesos_profile, or else all roles. */
  readonly profile?: string | undefined
  readonly extraVars?: Vars
  /** A keyed hash of a secret's value, see SpecSetting. */
  readonly fingerprint: (secret: string) => string
}

/** Roles of the profile, parsed by the site's variables: what `password init` and `graph` need. */
export interface ParsedSite {
  readonly site: Site
  readonly roles: readonly Role[]
  readonly problems: readonly Problem[]
}

export function parseSite(request: Omit<ComposeRequest, 'fingerprint'>): ParsedSite {
  const { site, failed, problems } = buildSite(request)
  const image = (name: string): string => imageName(name, site.variables)
  const context = { ...site.variables, ...siteFunctions(site, sourceOf(request.inventory)), image }
  defineFollowOns(failed, context)
  const chosen = chooseRoles(request, site)
  const parsed = request.sources.roles
    .filter((source) => chosen.names.includes(source.name))
    .map((source) => parseRole(source, context))
  return {
    site,
    roles: parsed.map((each) => each.role),
    problems: withoutRepeats([...problems, ...chosen.problems, ...parsed.flatMap((each) => each.problems)]),
  }
}

/**
 * Everything that a deployment is made of. Throws ConfigError with all problems at once; what is returned needs no more
 * checks before it is written and sent.
 */
export function compose(request: ComposeRequest): Composition {
  const { site, roles, problems } = parseSite(request)
  throwProblems(problems)
  throwProblems(servicesProblems(roles, site, request.sources.partials))
  const definitions = new Map(
    roles.flatMap((role) => role.services).map((service) => [service.name, service]),
  )
  const built = roles.flatMap((role) =>
    role.services.map((service) => buildService(service, role, { request, site, definitions })),
  )
  throwProblems(built.flatMap((each) => each.problems))
  const services = new Map(built.map((each) => [each.service.definition.name, each.service]))
  throwProblems(appProblems([...services.values()].map((service) => service.app)))
  return { site, roles, services }
}

interface BuildSetting {
  readonly request: ComposeRequest
  readonly site: Site
  readonly definitions: ReadonlyMap<string, ServiceDefinition>
}

function buildService(
  definition: ServiceDefinition,
  role: Role,
  { request, site, definitions }: BuildSetting,
): { readonly service: BuiltService; readonly problems: readonly Problem[] } {
  const { spec, files, containerDigest, problems } = buildStartSpec(definition, role, {
    site,
    partials: request.sources.partials,
    services: definitions,
    placeholder: (secret) => `{secret ${secret}}`,
    fingerprint: request.fingerprint,
  })
  const group = site.groups[definition.placement] ?? []
  const hosts = definition.pin === 'first' ? group.slice(0, 1) : group
  const instances = definition.instances ?? (definition.kind === 'job' ? 1 : hosts.length)
  const app = buildApp(definition, { site, hosts: group, instances, spec, containerDigest })
  return { service: { definition, hosts, instances, spec, files, app }, problems }
}

function chooseRoles(
  request: Omit<ComposeRequest, 'fingerprint'>,
  site: Site,
): { readonly names: readonly string[]; readonly problems: readonly Problem[] } {
  const all = request.sources.roles.map((role) => role.name)
  const profile = request.profile ?? site.variables.kmesos_profile
  if (typeof profile !== 'string' || !request.sources.profiles) return { names: all, problems: [] }
  const { file } = request.sources.profiles
  const { profiles, problems } = parseProfiles(request.sources.profiles)
  const names = profiles[profile]
  if (names === undefined) {
    return {
      names: [],
      problems: [
        ...problems,
        { where: file, message: unknownWord('profile', profile, Object.keys(profiles)) },
      ],
    }
  }
  const unknown = names
    .filter((name) => !all.includes(name))
    .map((name) => ({ where: file, message: `${profile}: ${unknownWord('role', name, all)}` }))
  return { names, problems: [...problems, ...unknown] }
}

function throwProblems(problems: readonly Problem[]): void {
  if (problems.length === 0) return
  throw new ConfigError(`the deployment has ${countOf(problems.length, 'problem')}:`, problems)
}
