import { unknownWord } from '../kernel/nearest.ts'
import { withPartials } from '../templates/partials.ts'
import { UndefinedVariable, type TemplateContext } from '../templates/scope.ts'
import type { ServiceDefinition } from '../roles/types.ts'
import type { Site } from './types.ts'

export interface DigestSetting {
  readonly site: Site
  readonly partials: Readonly<Record<string, string>>
  /** All services by name: what `service('x')` may ask for. */
  readonly services: ReadonlyMap<string, ServiceDefinition>
  /** What stands for a secret's value. */
  readonly placeholder: (secret: string) => string
}

/**
 * What texts for the container see in digest mode: the site's variables as they are; placeholders for secrets, `self` and
 * discovery. The same names as in the container, so a text that renders here renders there.
 */
export function digestContext(service: ServiceDefinition, setting: DigestSetting): TemplateContext {
  const { site } = setting
  return withPartials(
    {
      ...site.variables,
      self: {
        service: service.name,
        instance: '{instance}',
        host: '{host}',
        address: '{address}',
        ports: strict(service.ports, (name) => unknownWord('port', name, Object.keys(service.ports))),
        deployment: site.deployment,
      },
      secrets: secretsOf(service.secrets, `secret of ${service.name}`, setting.placeholder),
      service: (name: string) => discoveryOf(name, setting),
    },
    setting.partials,
  )
}

/** The same without secrets: words, environment and checks are there for others to read; kmesos-start refuses them too. */
export function openContext(service: ServiceDefinition, setting: DigestSetting): TemplateContext {
  const refuse = (name: string): string =>
    `secret "${name}" may be used in files and stdin only: others can read words and environment`
  return { ...digestContext(service, setting), secrets: strict({}, refuse) }
}

/** Secrets by declared name; another name is an error that says so. `kind` begins the message's noun. */
export function secretsOf(
  declared: readonly string[],
  kind: string,
  value: (name: string) => string,
): Readonly<Record<string, string>> {
  const values = Object.fromEntries(declared.map((name) => [name, value(name)]))
  return strict(values, (name) => `${unknownWord(kind, name, declared)} (declare it under secrets:)`)
}

function discoveryOf(name: string, setting: DigestSetting): unknown {
  const found = setting.services.get(name)
  if (!found) throw new UndefinedVariable(unknownWord('service', name, [...setting.services.keys()]))
  const address = `{address of ${name}}`
  return { addresses: [address], first: address, hosts: [`{host of ${name}}`], ports: found.ports }
}

/** A record whose unknown members are errors, as unknown variables are. */
function strict<T>(
  members: Readonly<Record<string, T>>,
  message: (name: string) => string,
): Readonly<Record<string, T>> {
  return new Proxy(members, {
    get: (target, name) => {
      if (typeof name !== 'string' || Object.hasOwn(target, name) || name === 'toJSON')
        return Reflect.get(target, name) as T
      throw new UndefinedVariable(message(name))
    },
  })
}
