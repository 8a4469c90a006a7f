import type { Inventory, Vars } from '../inventory/types.ts'
import { ConfigError } from '../kernel/errors.ts'
import { countOf } from '../kernel/problems.ts'
import { loadRoles } from '../roles/load-roles.ts'
import type { RoleSources } from '../roles/types.ts'
import { loadCredentials } from '../secrets/load-credentials.ts'
import { fingerprintOf } from '../secrets/passwords.ts'
import type { Credentials, NeededSecrets } from '../secrets/types.ts'
import { declaredSecrets } from '../services/check-services.ts'
import { compose, parseSite, type ParsedSite } from '../services/compose.ts'
import type { Composition } from '../services/types.ts'
import { loginOf } from '../zookeeper/identity.ts'
import type { DigestLogin } from '../zookeeper/types.ts'

export interface DeploymentRequest {
  readonly inventory: Inventory
  readonly deployment: string
  /** Folder that holds roles/ and templates/. */
  readonly base: string
  readonly passwordsFile: string
  readonly profile?: string | undefined
  readonly extraVars?: Vars
}

/** Everything of a deployment, read and validated; nothing was reached over the network. */
export interface LoadedDeployment {
  readonly composition: Composition
  readonly credentials: Credentials
  readonly inventory: Inventory
  readonly sources: RoleSources
  /** With which the store is to be connected. */
  readonly login: DigestLogin
}

/** Throws ConfigError with all faults of roles and variables, then of the passwords file. */
export async function loadDeployment(request: DeploymentRequest): Promise<LoadedDeployment> {
  const { inventory, deployment } = request
  const { sources, parsed } = await loadSite(request)
  const credentials = await loadCredentials(request.passwordsFile, neededSecrets(parsed))
  const fingerprint = (secret: string): string => fingerprintOf(secret, credentials)
  const composition = compose({ ...request, sources, fingerprint })
  const login = loginOf('operator', deployment, credentials.keys.operator.reveal())
  return { composition, credentials, inventory, sources, login }
}

/** Roles by the site's variables, without secrets: for `password init` and `graph`. */
export async function loadSite(
  request: Omit<DeploymentRequest, 'passwordsFile'>,
): Promise<{ readonly sources: RoleSources; readonly parsed: ParsedSite }> {
  const sources = await loadRoles(request.base)
  const parsed = parseSite({ ...request, sources })
  if (parsed.problems.length > 0) {
    throw new ConfigError(
      `the deployment has ${countOf(parsed.problems.length, 'problem')}:`,
      parsed.problems,
    )
  }
  return { sources, parsed }
}

export function neededSecrets(parsed: Pick<ParsedSite, 'roles'>): NeededSecrets {
  return {
    passwords: declaredSecrets(parsed.roles),
    services: parsed.roles.flatMap((role) => role.services.map((service) => service.name)),
  }
}
