import type { ReadyCheck } from '../start-spec/types.ts'
import { exitText, startChild } from './child.ts'
import type { User } from './users.ts'

/** One probe may take so long. */
const probeMs = 5_000
/** The first probes come quickly: many daemons are ready within a tenth of a second. */
const firstPauseMs = 50
const longestPauseMs = 1_000

export interface ReadyOptions {
  readonly check: ReadyCheck
  /** For exec. */
  readonly user: User | undefined
  readonly redact: (text: string) => string
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
}

/** Resolves when the check passes; rejects with the signal's reason. `onMiss` hears why the last probe failed. */
export async function awaitReady(
  options: ReadyOptions,
  signal: AbortSignal,
  onMiss: (why: string) => void,
): Promise<void> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 1.5)) {
    signal.throwIfAborted()
    const why = await probe(options).catch((error: unknown) =>
      error instanceof Error ? error.message : String(error),
    )
    if (why === undefined) return
    onMiss(why)
    await options.sleep(pauseMs, signal)
  }
}

/** Undefined = ready; else why not. */
async function probe(options: ReadyOptions): Promise<string | undefined> {
  const { check } = options
  switch (check.kind) {
    case 'none':
      return undefined
    case 'http':
      return probeHttp(check.url, check.statuses)
    case 'tcp':
      return probeTcp(check.host, Number(check.port))
    case 'exec':
      return probeExec(check.command, options)
  }
}

async function probeHttp(url: string, statuses: readonly number[]): Promise<string | undefined> {
  const secure = url.startsWith('https:')
  const { request } = secure ? await import('node:https') : await import('node:http')
  return new Promise((resolve) => {
    // The certificate is the clients' business; here it matters only that the service answers.
    const asked = request(url, {
      timeout: probeMs,
      agent: false,
      ...(secure ? { rejectUnauthorized: false } : {}),
    })
    asked.on('response', (response) => {
      response.resume()
      const status = response.statusCode ?? 0
      const good = statuses.length > 0 ? statuses.includes(status) : status >= 200 && status < 400
      resolve(good ? undefined : `${url} answered ${status}`)
    })
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${probeMs} ms`)))
    asked.on('error', (error) => resolve(`${url}: ${error.message}`))
    asked.end()
  })
}

async function probeTcp(host: string, port: number): Promise<string | undefined> {
  const { connect } = await import('node:net')
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const end = (why: string | undefined): void => {
      socket.destroy()
      resolve(why)
    }
    socket.setTimeout(probeMs, () => end(`${host}:${port} did not answer within ${probeMs} ms`))
    socket.on('connect', () => end(undefined))
    socket.on('error', (error) => end(error.message))
  })
}

async function probeExec(argv: readonly string[], options: ReadyOptions): Promise<string | undefined> {
  const child = await startChild({
    argv,
    environment: {},
    user: options.user,
    redact: options.redact,
    stdout: 'ignore',
  })
  const timer = setTimeout(() => child.killGroup('SIGKILL'), probeMs)
  const exit = await child.exited
  clearTimeout(timer)
  const last = child.errorLines().at(-1)
  return exit.code === 0
    ? undefined
    : `${argv[0] ?? ''}: ${exitText(exit)}${last === undefined ? '' : ` (${last})`}`
}
