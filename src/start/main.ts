import { readFile } from 'node:fs/promises'
import { constants, hostname } from 'node:os'
import { ConfigError, exitCodes, KmesosError, messageOf } from '../kernel/errors.ts'
import { orThrow, parseKeyFile, parseStartEnvironment } from '../start-spec/parse.ts'
import type { KeyFile, StartEnvironment } from '../start-spec/types.ts'
import type { ConfigStore } from '../zookeeper/types.ts'
import { connectStore } from '../zookeeper/zookeeper-store.ts'
import { buildContainer, loginsOf } from './build-container.ts'
import { StopRequest, type Container } from './container.ts'
import { instanceOf } from './identity.ts'
import { runContainer } from './steps.ts'
import { tellStatus } from './status.ts'

/**
 * kmesos-start: the first process of every service container. It is not a reaper of zombies: containers run with
 * docker's `--init`, whose tiny init does that and hands signals on.
 */

const defaultSessionSeconds = 10
/** ZooKeeper may be away so long before a starting container gives up and leaves the next try to Marathon's back-off. */
const connectLimitMs = 30_000
/** The last state reaches ZooKeeper within this, or not at all. */
const farewellMs = 2_000

const stop = new AbortController()
for (const name of ['SIGTERM', 'SIGINT'] as const) {
  process.on(name, () => stop.abort(new StopRequest(name, constants.signals[name])))
}

/** Ends at once when everything is written: timers and sockets of the libraries would keep the process. */
main().then(
  (code) => process.exit(code),
  (error: unknown) => process.exit(report('', error)),
)

async function main(): Promise<number> {
  const environment = orThrow(parseStartEnvironment(process.env), 'the environment')
  const key = await loadKeyFile(environment)
  const store = await Promise.race([connect(environment, key), stopped()])
  if (store instanceof StopRequest) return 128 + store.number
  try {
    return await live(store, key)
  } finally {
    await store.close()
  }
}

function stopped(): Promise<StopRequest> {
  const { signal } = stop
  return new Promise((resolve) =>
    signal.addEventListener('abort', () => resolve(signal.reason as StopRequest)),
  )
}

async function live(store: ConfigStore, key: KeyFile): Promise<number> {
  let container: Container | undefined
  let step = ''
  try {
    const instance = instanceOf(process.env, `${hostname()}.${process.pid}`)
    const write = (line: string): void => void process.stdout.write(line)
    container = await buildContainer({
      key,
      instance,
      environment: process.env,
      store,
      signal: stop.signal,
      write,
    })
    container.log('', `starts on ${container.identity.host} as ${container.identity.instance}`)
    return await runContainer(container, (name) => (step = name))
  } catch (error) {
    if (error instanceof StopRequest) return 128 + error.number
    const code = report(step, error, container)
    if (container) await tellFault(container, step, error)
    return code
  }
}

/** So that `kmesos why` shows it. A command's own failure has been told where it happened. */
async function tellFault(container: Container, step: string, error: unknown): Promise<void> {
  if (!(error instanceof ConfigError)) return
  const detail = error.detail === undefined ? '' : `: ${error.detail}`
  const told = { state: 'error', digest: '', attempt: 1, error: `${error.message}${detail}` } as const
  await Promise.race([tellStatus(container, step, told), container.clock.sleep(farewellMs)])
}

async function loadKeyFile(environment: StartEnvironment): Promise<KeyFile> {
  const file = environment.KMESOS_KEY_FILE
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ConfigError(`cannot read the key file ${file}: ${messageOf(cause)}`, [], {
      cause,
      hint: 'deploy again: `kmesos deploy` puts the key on each host where the service may run',
    })
  })
  const key = orThrow(parseKeyFile(text, file), 'the key file')
  const { KMESOS_DEPLOYMENT: deployment, KMESOS_SERVICE: service } = environment
  if (key.deployment === deployment && key.service === service) return key
  throw new ConfigError(
    `the key file ${file} is for ${key.deployment}/${key.service}, not for ${deployment}/${service}`,
  )
}

function connect(environment: StartEnvironment, key: KeyFile): Promise<ConfigStore> {
  const seconds = Number(environment.KMESOS_SESSION_SECONDS ?? defaultSessionSeconds)
  return connectStore({
    servers: environment.KMESOS_ZOOKEEPER,
    logins: loginsOf(key),
    sessionTimeoutMs: seconds * 1000,
    requestTimeoutMs: connectLimitMs,
  })
}

/** The one place that prints errors; returns the exit code. */
function report(step: string, error: unknown, container?: Container): number {
  const known = error instanceof KmesosError ? error : undefined
  const lines = known
    ? [known.message, known.detail, known.hint && `hint: ${known.hint}`]
    : [`internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`]
  const text = lines.filter((line) => line !== undefined && line !== '').join('\n')
  process.stderr.write(
    `kmesos-start${step ? ` ${step}` : ''}: ${container ? container.redact(text) : text}\n`,
  )
  return known?.exitCode ?? exitCodes.internal
}
