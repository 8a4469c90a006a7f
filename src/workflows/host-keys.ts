import { randomBytes } from 'node:crypto'
import type { HostKeyReader } from '../connection/host-transport.ts'
import { compareKeys, withLines, withoutHost, type KeyState } from '../connection/known-hosts-edit.ts'
import { formatKnownHost } from '../connection/known-hosts.ts'
import type { Host } from '../inventory/types.ts'
import type { Clock } from '../kernel/clock.ts'
import { ConfigError, FailedError, KmesosError, messageOf, UnreachableError } from '../kernel/errors.ts'
import { mapLimit } from '../kernel/pool.ts'
import { countOf } from '../kernel/problems.ts'
import type { Reporter } from '../reporter/types.ts'

export interface HostKeyClients {
  readonly reader: HostKeyReader
  readonly reporter: Reporter
  readonly clock: Clock
  readonly signal: AbortSignal
}

export interface HostKeyRequest {
  readonly hosts: readonly Host[]
  readonly forks: number
  /** Change nothing. */
  readonly check: boolean
  /** Where to write; default: the host's own file. */
  readonly file?: string
  /** pin: hash names, also where the configuration does not say so. */
  readonly hash: boolean
  /** pin: put a key in the place of another one of its type. */
  readonly replace: boolean
}

/** The keys of one host as they were found. */
export interface ScannedHost {
  readonly host: string
  readonly name: string
  readonly keys: readonly KeyState[]
}

/** Keys that hosts show, compared with what is known; the error of those that did not answer is for the caller to throw. */
export async function scanHostKeys(
  request: HostKeyRequest,
  clients: HostKeyClients,
): Promise<{ readonly scanned: readonly ScannedHost[]; readonly error: KmesosError | undefined }> {
  const outcomes = await mapLimit(
    request.hosts,
    request.forks,
    async (host): Promise<ScannedHost> => {
      const { keys, check } = await clients.reader.read(host, clients.signal)
      return { host: host.name, name: check.name, keys: compareKeys(check.lines, keys) }
    },
    clients.signal,
  )
  const scanned = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value] : []))
  return { scanned, error: errorOf('scanning host keys', outcomes) }
}

/** Writes the keys that hosts show. True when a file was changed, or would be. */
export function pinHostKeys(request: HostKeyRequest, clients: HostKeyClients): Promise<boolean> {
  return onHosts('pin', { request, clients }, async (host) => {
    const { keys, check, hashed } = await clients.reader.read(host, clients.signal)
    const states = compareKeys(check.lines, keys)
    const refused = states.find(
      ({ state }) => state === 'revoked' || (state === 'differs' && !request.replace),
    )
    if (refused) throw refusalOf(host.name, refused)
    const missing = states.filter(({ state }) => state !== 'known')
    if (missing.length === 0) return undefined
    const shown = missing.map(({ type, fingerprint }) => `${type} ${fingerprint}`).join(', ')
    if (!request.check) {
      const salt = (): Buffer | undefined => (hashed || request.hash ? randomBytes(20) : undefined)
      const lines = missing.map(({ blob }) => formatKnownHost(check.name, blob, salt()))
      const replaced = missing.filter(({ state }) => state === 'differs').map(({ type }) => type)
      await clients.reader.edit(request.file ?? check.file, (text) =>
        withLines(withoutHost(text, check.name, replaced).text, lines),
      )
    }
    return `${check.name}: ${shown}`
  })
}

/** Removes what is known of hosts; they are not asked. True when a file was changed, or would be. */
export function forgetHostKeys(request: HostKeyRequest, clients: HostKeyClients): Promise<boolean> {
  return onHosts('forget', { request, clients }, async (host) => {
    const check = clients.reader.known(host)
    let removed = 0
    await clients.reader.edit(request.file ?? check.file, (text) => {
      const without = withoutHost(text, check.name)
      removed = without.removed
      return request.check ? text : without.text
    })
    return removed === 0 ? undefined : `${check.name}: ${countOf(removed, 'key')}`
  })
}

function refusalOf(host: string, { type, fingerprint, state, where = '' }: KeyState): ConfigError {
  if (state === 'revoked')
    return new ConfigError(`${host} shows ${type} ${fingerprint}, which is revoked at ${where}`)
  return new ConfigError(`${host} shows ${type} ${fingerprint}, but another key stands at ${where}`, [], {
    hint: 'if the machine was set up anew, add --replace; if not, somebody may be in between',
  })
}

/** `work` says what it changed; undefined: nothing. */
async function onHosts(
  task: string,
  { request, clients }: { readonly request: HostKeyRequest; readonly clients: HostKeyClients },
  work: (host: Host) => Promise<string | undefined>,
): Promise<boolean> {
  const { reporter, clock } = clients
  let changed = false
  const outcomes = await mapLimit(
    request.hosts,
    request.forks,
    async (host) => {
      const told = {
        kind: 'task-result',
        play: 'host keys',
        host: host.name,
        task,
        startedAt: clock.now(),
      } as const
      try {
        const message = await work(host)
        changed ||= message !== undefined
        const status = message === undefined ? 'ok' : 'changed'
        reporter.report({ ...told, status, ...(message === undefined ? {} : { message }), at: clock.now() })
      } catch (error) {
        const status = error instanceof UnreachableError ? 'unreachable' : 'failed'
        const hint = error instanceof KmesosError && error.hint ? { detail: `hint: ${error.hint}` } : {}
        reporter.report({ ...told, status, message: messageOf(error), ...hint, at: clock.now() })
        throw error
      }
    },
    clients.signal,
  )
  const error = errorOf(`${task} of host keys`, outcomes)
  if (error) throw error
  return changed
}

function errorOf(
  title: string,
  outcomes: readonly (
    | { readonly item: Host; readonly ok: true }
    | { readonly item: Host; readonly ok: false; readonly error: unknown }
  )[],
): KmesosError | undefined {
  const failed = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome]))
  if (failed.length === 0) return undefined
  const message = `${title} failed on ${failed.length} of ${countOf(outcomes.length, 'host')}: ${failed.map(({ item }) => item.name).join(', ')}`
  const detail = failed.map(({ item, error }) => `${item.name}: ${messageOf(error)}`).join('\n')
  const unreachable = failed.every(({ error }) => error instanceof UnreachableError)
  return unreachable ? new UnreachableError(message, { detail }) : new FailedError(message, { detail })
}
