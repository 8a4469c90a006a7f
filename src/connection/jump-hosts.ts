import type { ConnectionSettings } from '../inventory/connection-vars.ts'
import { ConfigError } from '../kernel/errors.ts'

/** One host of a ProxyJump. */
export interface JumpHop {
  readonly host: string
  readonly user?: string
  readonly port?: number
  readonly text: string
}

/** Reads `user@a:2222,ssh://b:22`: the first is dialed first. Throws ConfigError for what is no host. */
export function parseJumps(text: string): readonly JumpHop[] {
  return text.split(',').map((part) => parseHop(part.trim()))
}

function parseHop(text: string): JumpHop {
  const found =
    /^(?:ssh:\/\/)?(?:([^@]+(?:@[^@]+)*)@)?(?:\[([^\][\s-][^\][\s]*)\]|([^:@\s[\]-][^:@\s[\]]*))(?::(\d{1,5}))?\/?$/.exec(
      text,
    )
  const [, user, bracketed, plain, port] = found ?? []
  const host = bracketed ?? plain
  if (host === undefined || (port !== undefined && (Number(port) < 1 || Number(port) > 65_535))) {
    throw new ConfigError(`ProxyJump "${text}" is not a host as user@name:port`, [], {
      hint: 'several hosts stand with commas between them; an IPv6 address stands in brackets',
    })
  }
  return {
    host,
    text,
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port: Number(port) }),
  }
}

/** Not of a jump host: what says where the target is, and how it is reached. */
const ofTargetAlone = /^(?:proxyjump|proxycommand|hostname|port|user|hostkeyalias)$/i

/**
 * The last hop as a host of its own: its own configuration holds for it; the target's key, password and other ssh arguments are
 * tried there too. The hops before it are its way.
 */
export function jumpSettings(hops: readonly JumpHop[], target: ConnectionSettings): ConnectionSettings {
  const hop = hops.at(-1) as JumpHop
  const before = hops.slice(0, -1)
  const { port: _port, user: _user, ...rest } = target
  const given = target.sshOptions.filter((option) => !ofTargetAlone.test(option.name))
  const way = before.map((one) => one.text).join(',')
  return {
    ...rest,
    host: hop.host,
    address: hop.host,
    ...(hop.user === undefined ? {} : { user: hop.user }),
    ...(hop.port === undefined ? {} : { port: hop.port }),
    sshOptions: before.length === 0 ? given : [{ name: 'ProxyJump', value: way }, ...given],
  }
}
