import { ConfigError } from '../kernel/errors.ts'
import { withPartials } from '../templates/partials.ts'
import { renderText } from '../templates/render.ts'
import type { TemplateContext } from '../templates/scope.ts'
import type { ContainerContext, FileSpec, RegistryNode } from '../start-spec/types.ts'
import type { Config } from './config-source.ts'
import type { Identity } from './identity.ts'

/** Renders the service's texts and remembers whose registrations they asked for. */
export class Renderer {
  /** Services that a text has asked for by `service('name')`. */
  readonly asked = new Set<string>()
  readonly #config: Config
  readonly #open: TemplateContext
  readonly #full: TemplateContext

  constructor(config: Config, identity: Identity, registry: ReadonlyMap<string, readonly RegistryNode[]>) {
    this.#config = config
    const discover = (name: string): ReturnType<ContainerContext['service']> => {
      this.asked.add(name)
      return discoveryOf(registry.get(name) ?? [])
    }
    const context = {
      ...config.variables.variables,
      self: { ...identity, ports: config.spec.daemon?.ports ?? {} },
      service: discover,
    }
    const partials = config.spec.partials ?? {}
    this.#full = withPartials({ ...context, secrets: strict(config.secrets, identity.service) }, partials)
    this.#open = withPartials({ ...context, secrets: refused }, partials)
  }

  /** A file's content; may hold secrets. */
  file(file: FileSpec): string {
    const text = this.#config.texts.get(file.name) ?? ''
    return renderText(text, this.#full, { file: file.name })
  }

  /** Standard input of a command; may hold secrets. */
  input(text: string, step: string): string {
    return renderText(text, this.#full, { file: `stdin of ${step}` })
  }

  /** Words, environment, ready checks: seen by others in process lists, so without secrets. */
  words(words: readonly string[], step: string): readonly string[] {
    return words.map((word) => renderText(word, this.#open, { file: `command of ${step}` }))
  }

  environment(environment: Readonly<Record<string, string>>, step: string): Readonly<Record<string, string>> {
    const place = { file: `environment of ${step}` }
    const entries = Object.entries(environment)
    return Object.fromEntries(entries.map(([name, text]) => [name, renderText(text, this.#open, place)]))
  }
}

function discoveryOf(nodes: readonly RegistryNode[]): ReturnType<ContainerContext['service']> {
  const addresses = [...new Set(nodes.map((node) => node.address))]
  const hosts = [...new Set(nodes.map((node) => node.host))]
  return { addresses, first: addresses[0] ?? '', hosts, ports: nodes[0]?.ports ?? {} }
}

function strict(
  secrets: Readonly<Record<string, string>>,
  service: string,
): Readonly<Record<string, string>> {
  return new Proxy(secrets, {
    get: (target, name) => {
      if (typeof name !== 'string' || Object.hasOwn(target, name)) return Reflect.get(target, name) as string
      throw new ConfigError(`service ${service} has no secret "${name}"`)
    },
  })
}

const refused = new Proxy(
  {},
  {
    get: (_, name) => {
      if (typeof name !== 'string') return undefined
      throw new ConfigError(
        `secret "${name}" may be used in files and stdin only: others can read words and environment`,
      )
    },
  },
)
