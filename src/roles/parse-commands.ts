import type { ReadyCheck, Requirement } from '../start-spec/types.ts'
import {
  booleanOf,
  fault,
  given,
  itemsOf,
  membersOf,
  numberOf,
  rawTextOf,
  rawTextsByName,
  rendered,
  shown,
  textOf,
  type Reading,
} from './fields.ts'
import type { Located } from './located.ts'
import { parseRequirement } from '../start-spec/requirement.ts'
import type { CommandDefinition, DaemonDefinition } from './types.ts'

export const commandKeys = [
  ...['command', 'environment', 'stdin', 'user', 'run_once', 'requires', 'retries', 'delay', 'timeout'],
]
export const daemonKeys = [
  ...['command', 'environment', 'requires', 'ready', 'on_config_change', 'stop_signal'],
]
export const readyKeys = ['http', 'statuses', 'tcp', 'exec', 'none', 'within']

type Texts = Readonly<Record<string, string>>

/** The commands of a service in their order. `shared`: the service's own `environment`. */
export function parseCommands(
  at: Located | undefined,
  shared: Texts,
  reading: Reading,
): readonly CommandDefinition[] {
  return Object.entries(membersOf(at, reading)).map(([name, value]) => {
    if (name === 'daemon' || !/^[A-Za-z0-9_-]+$/.test(name)) {
      fault(value, 'a command is named with letters, digits, _ and -, and not "daemon"', reading)
    }
    return parseCommand(name, value, { shared, reading })
  })
}

function parseCommand(
  name: string,
  at: Located,
  { shared, reading }: { readonly shared: Texts; readonly reading: Reading },
): CommandDefinition {
  const fields = membersOf(at, reading, commandKeys)
  const stdin = rawTextOf(fields.stdin, reading)
  const user = textOf(fields.user, reading)
  return {
    where: `${at.file}:${at.line}`,
    name,
    command: parseWords(fields.command, at, reading),
    environment: { ...shared, ...rawTextsByName(fields.environment, reading) },
    ...given({ stdin, user }),
    runOnce: booleanOf(fields.run_once, reading) ?? false,
    requires: parseRequirements(fields.requires, reading),
    retries: numberOf(fields.retries, { min: 0, integer: true }, reading) ?? 0,
    delaySeconds: numberOf(fields.delay, { min: 0 }, reading) ?? 5,
    timeoutSeconds: numberOf(fields.timeout, { min: 1 }, reading) ?? 300,
  }
}

export function parseDaemon(at: Located, shared: Texts, reading: Reading): DaemonDefinition {
  const fields = membersOf(at, reading, daemonKeys)
  const ready = membersOf(fields.ready, reading, readyKeys)
  return {
    where: `${at.file}:${at.line}`,
    command: parseWords(fields.command, at, reading),
    environment: { ...shared, ...rawTextsByName(fields.environment, reading) },
    requires: parseRequirements(fields.requires, reading),
    ready: parseReady(fields.ready, at, reading),
    readyWithinSeconds: numberOf(ready.within, { min: 1 }, reading) ?? 120,
    onConfigChange: parseOnChange(fields.on_config_change, reading),
    stopSignal: textOf(fields.stop_signal, reading) ?? 'SIGTERM',
  }
}

/** Words are EJS for the container; one `<%= expr %>` in place of the list is evaluated here and must give a list. */
function parseWords(at: Located | undefined, owner: Located, reading: Reading): readonly string[] {
  if (at === undefined) return fault(owner, 'command: is missing', reading) ?? []
  if (typeof at.value === 'string') return wordsOfExpression(at, reading)
  const words = itemsOf(at, reading).map((item) => rawTextOf(item, reading) ?? '')
  if (words.length === 0) fault(at, 'must have at least one word', reading)
  return words
}

function wordsOfExpression(at: Located, reading: Reading): readonly string[] {
  const value = rendered(at, reading)
  if (Array.isArray(value) && value.length > 0) return value.map(String)
  if (value !== undefined) fault(at, `must be a list of words, got ${shown(value)}`, reading)
  return []
}

function parseRequirements(at: Located | undefined, reading: Reading): readonly Requirement[] {
  return itemsOf(at, reading).flatMap((item) => {
    const requirement = typeof item.value === 'string' ? parseRequirement(item.value) : undefined
    return (
      requirement ??
      fault(item, `must be SERVICE/COMMAND or SERVICE/daemon, got ${shown(item.value)}`, reading) ??
      []
    )
  })
}

function parseReady(at: Located | undefined, owner: Located, reading: Reading): ReadyCheck {
  const none: ReadyCheck = { kind: 'none' }
  if (at === undefined) {
    fault(owner, 'ready: is missing (http, tcp, exec, or none: true)', reading)
    return none
  }
  const fields = membersOf(at, reading)
  const kinds = ['http', 'tcp', 'exec', 'none'].filter((kind) => fields[kind] !== undefined)
  if (kinds.length !== 1) {
    fault(at, `needs exactly one of http, tcp, exec, none; got ${kinds.join(', ') || 'no one'}`, reading)
    return none
  }
  if (fields.http) return httpCheck(fields.http, fields.statuses, reading)
  if (fields.tcp) return tcpCheck(fields.tcp, reading)
  if (fields.exec) return { kind: 'exec', command: parseWords(fields.exec, at, reading) }
  return none
}

function httpCheck(at: Located, statuses: Located | undefined, reading: Reading): ReadyCheck {
  const numbers = itemsOf(statuses, reading).flatMap(
    (item) => numberOf(item, { min: 100, max: 599, integer: true }, reading) ?? [],
  )
  return { kind: 'http', url: rawTextOf(at, reading) ?? '', statuses: numbers.length > 0 ? numbers : [200] }
}

/** `HOST:PORT`, each of them a text or one `<%= %>`. */
const hostAndPort = /^((?:<%=.*?%>|[^:<])+):(\d+|<%=.*?%>)$/

function tcpCheck(at: Located, reading: Reading): ReadyCheck {
  const found = hostAndPort.exec(rawTextOf(at, reading) ?? '')
  if (!found) return fault(at, `must be HOST:PORT, got ${shown(at.value)}`, reading) ?? { kind: 'none' }
  return { kind: 'tcp', host: found[1] ?? '', port: found[2] ?? '' }
}

function parseOnChange(at: Located | undefined, reading: Reading): DaemonDefinition['onConfigChange'] {
  if (at === undefined || at.value === 'restart') return 'restart'
  if (at.value === 'ignore') return 'ignore'
  const reload = textOf(membersOf(at, reading, ['reload']).reload, reading)
  if (reload !== undefined && /^SIG[A-Z0-9]+$/.test(reload)) return { reload }
  fault(at, `must be restart, ignore, or { reload: SIGHUP }, got ${shown(at.value)}`, reading)
  return 'restart'
}
