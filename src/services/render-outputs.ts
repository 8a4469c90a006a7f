import { ConfigError } from '../kernel/errors.ts'
import { secret, type Secret } from '../kernel/secret.ts'
import type { Credentials } from '../secrets/types.ts'
import { renderText } from '../templates/render.ts'
import { withPartials } from '../templates/partials.ts'
import { secretsOf } from './container-context.ts'
import { siteFunctions } from './site.ts'
import type { Composition } from './types.ts'

export interface RenderedOutput {
  /** File name below `.kmesos/`. */
  readonly dest: string
  /** Holds passwords. */
  readonly content: Secret
}

/** The files that a deployment leaves on the operator's machine. */
export function renderOutputs(
  composition: Composition,
  credentials: Credentials,
  partials: Readonly<Record<string, string>>,
): readonly RenderedOutput[] {
  const { site, roles } = composition
  const base = { ...site.variables, ...siteFunctions(site) }
  return roles.flatMap((role) =>
    role.outputs.map((output) => {
      const secrets = secretsOf(output.secrets, 'secret of this output', (name) =>
        passwordOf(name, credentials),
      )
      const context = withPartials({ ...base, secrets }, partials)
      const text = renderText(role.templates[output.source] ?? '', context, {
        file: `roles/${role.name}/templates/${output.source}`,
      })
      return { dest: output.dest, content: secret(text) }
    }),
  )
}

function passwordOf(name: string, credentials: Credentials): string {
  const value = credentials.passwords.get(name)
  if (!value)
    throw new ConfigError(`the passwords file has no ${name}`, [], { hint: 'run: kmesos password init' })
  return value.reveal()
}

/** Name -> URL of everything that users can reach. */
export function endpointsOf(composition: Composition): Readonly<Record<string, string>> {
  return Object.assign({}, ...composition.roles.map((role) => role.endpoints)) as Readonly<
    Record<string, string>
  >
}
