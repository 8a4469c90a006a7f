import type { ConnectionSettings, HostKeyMode } from '../inventory/connection-vars.ts'
import type { HostKeyCheck } from './host-key-check.ts'
import { knownHostName } from './known-hosts.ts'
import type { KnownHostsStore } from './known-hosts-store.ts'
import type { SshOptions } from './ssh-options.ts'
import type { TransportOptions } from './transport-options.ts'

/** Whose keys are asked for. */
export interface HostKeySources {
  readonly settings: ConnectionSettings
  readonly options: SshOptions
  readonly transport: TransportOptions
}

/** What is known of a host's keys and how strictly it is taken. */
export function hostKeyCheckFor(
  { settings, options, transport }: HostKeySources,
  store: Pick<KnownHostsStore, 'linesFor'>,
): HostKeyCheck {
  const own =
    transport.knownHostsFile === undefined
      ? (options.userKnownHostsFiles ?? [
          `${transport.home}/.ssh/known_hosts`,
          `${transport.home}/.ssh/known_hosts2`,
        ])
      : [transport.knownHostsFile]
  const global = options.globalKnownHostsFiles ?? ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2']
  const name = options.hostKeyAlias?.toLowerCase() ?? knownHostName(options.hostName, options.port)
  return {
    host: settings.host,
    name,
    principal: (options.hostKeyAlias ?? options.hostName).toLowerCase(),
    mode: transport.hostKeyMode ?? settings.hostKeyMode ?? modeOf(options.strictHostKeyChecking),
    lines: store.linesFor([...own, ...global], name),
    file: own[0] ?? '/dev/null',
  }
}

/** OpenSSH's `ask` becomes accept-new: with many hosts at once nobody can answer. */
function modeOf(option: string | undefined): HostKeyMode {
  if (option === 'yes' || option === 'true') return 'strict'
  return option === 'no' || option === 'off' || option === 'false' ? 'off' : 'accept-new'
}
