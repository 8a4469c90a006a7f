import type { Become } from '../connection/types.ts'
import { connectionSettings } from '../inventory/connection-vars.ts'
import type { Host } from '../inventory/types.ts'

/** Another user's rights on a host (root's, unless its variables say otherwise), as its variables want them taken. */
export function rightsOn(host: Host): Become {
  const { user, method, password, flags } = connectionSettings(host).become
  return { user, method, ...(password ? { password } : {}), ...(flags ? { flags } : {}) }
}
