import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { exitCodes, KmesosError, messageOf, UsageError } from '../kernel/errors.ts'
import { secret } from '../kernel/secret.ts'
import { parseAttributes, parseRanges, parseResources } from './agent-options.ts'
import type { Credentials } from './api/server.ts'
import { runEngine, type EngineOptions } from './run-engine.ts'

export const engineUsage = `kmesos engine: Marathon's v2 API for one machine, on the local Docker engine

  --listen ADDRESS         address to listen on (0.0.0.0)
  --port PORT              port to listen on (8080)
  --hostname NAME          what tasks see as HOST (this machine's name)
  --address IPV4           where tasks on the host network are reached (first address)
  --attributes TEXT        for constraints: controller:true;rack:a
  --resources TEXT         cpus:4;mem:8192;disk:100000;ports:[1-32000] (those left out are detected)
  --service-ports RANGE    service ports handed out (10000-20000)
  --docker-socket PATH     (/var/run/docker.sock)
  --state DIR              what is kept over a restart (/var/lib/kmesos-engine)
  --sandboxes DIR          tasks' sandboxes with stdout and stderr (DIR/sandboxes); the same path for Docker
  --credentials-file PATH  user:password for basic authentication, one line
`

const flags = {
  listen: { type: 'string' },
  port: { type: 'string' },
  hostname: { type: 'string' },
  address: { type: 'string' },
  attributes: { type: 'string' },
  resources: { type: 'string' },
  'service-ports': { type: 'string' },
  'docker-socket': { type: 'string' },
  state: { type: 'string' },
  sandboxes: { type: 'string' },
  'credentials-file': { type: 'string' },
  help: { type: 'boolean' },
} as const

/** The engine's words to its options; undefined = help was asked for. Throws a UsageError. */
export async function engineOptions(argv: readonly string[]): Promise<EngineOptions | undefined> {
  const { values } = parseWords(argv)
  if (values.help === true) return undefined
  const port = values.port === undefined ? undefined : Number(values.port)
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    throw new UsageError(`--port: "${values.port}" is not a port`)
  }
  const servicePorts =
    values['service-ports'] === undefined ? undefined : parseRanges(values['service-ports'])[0]
  const file = values['credentials-file']
  return withoutUndefined({
    listen: values.listen,
    port,
    hostname: values.hostname,
    address: values.address,
    attributes: values.attributes === undefined ? undefined : parseAttributes(values.attributes),
    resources: values.resources === undefined ? undefined : parseResources(values.resources),
    servicePorts,
    dockerSocket: values['docker-socket'],
    stateDirectory: values.state,
    sandboxDirectory: values.sandboxes,
    credentials: file === undefined ? undefined : await loadCredentials(file),
  })
}

function parseWords(argv: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof flags }>> {
  try {
    return parseArgs({ args: [...argv], options: flags, strict: true })
  } catch (error) {
    throw new UsageError(messageOf(error), { hint: 'see kmesos engine --help' })
  }
}

async function loadCredentials(path: string): Promise<Credentials> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new UsageError(`cannot read the credentials file ${path}: ${messageOf(error)}`, { cause: error })
  })
  const [user = '', ...rest] = text.trim().split(':')
  if (user === '' || rest.length === 0) throw new UsageError(`${path} must hold user:password`)
  return { user, password: secret(rest.join(':')) }
}

function withoutUndefined(options: Record<string, unknown>): EngineOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

/** The program: runs until SIGTERM or SIGINT, which leave the tasks running. Returns the exit code. */
export async function engineMain(argv: readonly string[], io: EngineIo): Promise<number> {
  try {
    const options = await engineOptions(argv)
    if (!options) {
      io.write(engineUsage)
      return exitCodes.ok
    }
    const running = await runEngine({
      ...options,
      log: (line) => io.write(`${new Date().toISOString()} ${line}\n`),
    })
    await io.stopped()
    await running.close()
    return exitCodes.ok
  } catch (error) {
    if (!(error instanceof KmesosError)) throw error
    io.write(`error: ${error.message}\n${error.hint === undefined ? '' : `hint: ${error.hint}\n`}`)
    return error.exitCode
  }
}

export interface EngineIo {
  write(text: string): void
  /** Resolves when the program shall end. */
  stopped(): Promise<void>
}

/** Standard error, and the signals that end a program. */
export const processIo: EngineIo = {
  write: (text) => void process.stderr.write(text),
  stopped: () =>
    new Promise((resolve) => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve())
    }),
}
