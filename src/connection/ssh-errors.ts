import { UnreachableError, messageOf } from '../kernel/errors.ts'
import { quoteArgv } from '../kernel/shell.ts'
import type { AuthRecord } from './ssh-auth.ts'

/** Where a dial went: for messages. */
export interface DialTarget {
  /** The inventory's name. */
  readonly host: string
  readonly address: string
  readonly port: number
  readonly user: string
  /** Names of jump hosts on the way. */
  readonly via: readonly string[]
}

/** An sshd that drops us before it says who it is: too many start at once (MaxStartups), so a later try may work. */
export function isBusyRefusal(error: unknown): boolean {
  const text = messageOf(error)
  const code = codeOf(error)
  return (
    /Connection lost before handshake|Exceeded MaxStartups|Not allowed at this time/.test(text) ||
    code === 'ECONNRESET' ||
    code === 'EPIPE'
  )
}

/** The network did not bring us there: ConnectionAttempts is for that. */
export function isConnectFailure(error: unknown): boolean {
  return codeOf(error) !== undefined || (error as { level?: string } | undefined)?.level === 'client-timeout'
}

/** Turns what ssh2 or the network says into an error with a way out. */
export function explainDialError(error: unknown, target: DialTarget, auth: AuthRecord): UnreachableError {
  if (error instanceof UnreachableError) return error
  const way = target.via.length > 0 ? ` through ${target.via.join(', ')}` : ''
  const opening = `cannot open SSH to ${target.host} (${target.user}@${target.address}:${target.port}${way})`
  const { reason, hint } = reasonOf(error, target, auth)
  return new UnreachableError(`${opening}: ${reason}`, { cause: error, hint })
}

interface Reason {
  readonly reason: string
  readonly hint: string
}

function reasonOf(error: unknown, target: DialTarget, auth: AuthRecord): Reason {
  const level = (error as { level?: string } | undefined)?.level
  const text = messageOf(error)
  if (level === 'client-authentication' || /authentication methods failed/.test(text))
    return refusedLogin(target, auth)
  if (/Too many authentication failures/.test(text)) return tooManyKeys(auth)
  const network = networkReasons[codeOf(error) ?? '']
  if (network) return network
  if (level === 'client-timeout' || /Timed out/.test(text)) return tooLate(auth)
  if (/no matching/i.test(text)) {
    return {
      reason: `no algorithm in common: ${text.replace(/^Handshake failed: /, '')}`,
      hint: 'update the host’s OpenSSH, or name algorithms that both have with ssh_common_args "-o Ciphers=..., -o KexAlgorithms=..."',
    }
  }
  if (isBusyRefusal(error))
    return {
      reason: 'it closed the connection before saying hello',
      hint: 'raise MaxStartups in its sshd_config, or lower --forks',
    }
  return {
    reason: text,
    hint: `try by hand: ${quoteArgv(['ssh', '-v', '-p', String(target.port), `${target.user}@${target.address}`])}`,
  }
}

const networkReasons: Readonly<Record<string, Reason>> = {
  ECONNREFUSED: {
    reason: 'connection refused',
    hint: 'check that sshd runs there and the port is right (ansible_port)',
  },
  ETIMEDOUT: { reason: 'no answer', hint: 'check the address (ansible_host) and the firewall' },
  EHOSTUNREACH: {
    reason: 'no route to the host',
    hint: 'check the address (ansible_host) and that the machine is up',
  },
  ENETUNREACH: {
    reason: 'no route to its network',
    hint: 'check the address (ansible_host) and your routes',
  },
  ENOTFOUND: {
    reason: 'the name is not known to DNS',
    hint: 'set ansible_host to an address, or add the name to /etc/hosts',
  },
  EAI_AGAIN: {
    reason: 'the name server does not answer',
    hint: 'set ansible_host to an address, or check /etc/resolv.conf',
  },
}

/** Connecting has one limit; the message tells how far it came. */
function tooLate(auth: AuthRecord): Reason {
  const limit = `the time limit for connecting (${(auth.limitMs ?? 0) / 1000} s) has passed`
  const raise = 'raise it with --timeout, or ansible_timeout in the inventory'
  switch (auth.stage) {
    case 'hello':
      return {
        reason: `${limit}: the port is open, but no SSH server answered on it`,
        hint: `check that it is sshd's port and that the host is not frozen, or ${raise}`,
      }
    case 'log-in':
      return {
        reason: `${limit}: SSH answered, but the log-in did not end`,
        hint: `the host may look up names or wait for its directory service (UseDNS, PAM, LDAP); or ${raise}`,
      }
    default:
      return {
        reason: `${limit}: nothing answered at that address`,
        hint: `check the address (ansible_host) and the firewall, or ${raise}`,
      }
  }
}

function refusedLogin(target: DialTarget, auth: AuthRecord): Reason {
  const tried =
    auth.tried.length > 0
      ? `tried ${auth.tried.join(', ')}`
      : 'there was nothing to try: no key, no agent, no password'
  const accepted = auth.accepted?.length ? `; it took ${auth.accepted.join(', ')} and wants more` : ''
  const offered = `${accepted}${auth.offered ? `; it takes ${auth.offered.join(', ') || 'nothing'}` : ''}`
  const wantsPassword =
    auth.offered?.some((method) => method !== 'publickey') === true && !auth.tried.includes('password')
  const way = wantsPassword ? 'give a password with --ask-pass, or add' : 'add'
  return {
    reason: `user ${target.user} was refused: ${tried}${offered}`,
    hint: `${way} your public key to ~${target.user}/.ssh/authorized_keys there; ansible_user and ansible_ssh_private_key_file say who and with what`,
  }
}

function tooManyKeys(auth: AuthRecord): Reason {
  return {
    reason: `too many keys were tried (${auth.tried.join(', ')})`,
    hint: 'name the right key with ansible_ssh_private_key_file and set IdentitiesOnly yes in ~/.ssh/config',
  }
}

export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : undefined
}
