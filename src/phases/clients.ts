import type { Become, Transport } from '../connection/types.ts'
import type { Host } from '../inventory/types.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Marathon } from '../marathon/port.ts'
import type { Reporter } from '../reporter/types.ts'
import type { ConfigStore } from '../zookeeper/types.ts'

/** The doors that service verbs use; made by the command line, or by tests. */
export interface ServiceClients {
  /** Logged in as the deployment's operator. */
  readonly store: ConfigStore
  readonly marathon: Marathon
  readonly transport: Transport
  /** Another user's rights on a host, where its login is not root. */
  readonly becomeOf: (host: Host) => Become | undefined
  readonly reporter: Reporter
  readonly clock: Clock
  readonly signal: AbortSignal
}
