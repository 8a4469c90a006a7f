import { createServer, connect, type Server } from 'node:net'
import { mkdir, statfs, unlink } from 'node:fs/promises'
import { hostname as machineName, networkInterfaces } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { systemClock, type Clock } from '../kernel/clock.ts'
import { ConfigError, LockedError, messageOf, UsageError } from '../kernel/errors.ts'
import { apiServer, type Credentials } from './api/server.ts'
import { dockerRuntime } from './docker-runtime.ts'
import { Engine } from './engine.ts'
import { networkProber } from './probe.ts'
import type { ContainerRuntime } from './runtime.ts'
import { defaultSandboxLimits } from './sandbox.ts'
import { openJournal, type StateJournal } from './state-journal.ts'
import type { Agent, PortRange, Resources } from './types.ts'
import { World } from './world.ts'

export interface EngineOptions {
  /** Address and port to listen on; port 0 = any. Defaults: 0.0.0.0, 8080. */
  readonly listen?: string
  readonly port?: number
  /** What tasks see as HOST; default: the machine's name. */
  readonly hostname?: string
  /** IPv4 address under which tasks on the host network are reached; default: the first that is not loopback. */
  readonly address?: string
  readonly attributes?: Readonly<Record<string, string>>
  /** Those left out are detected: Docker's CPUs and memory, the state directory's disk, ports 1-32000. */
  readonly resources?: Partial<Resources>
  readonly servicePorts?: PortRange
  readonly dockerSocket?: string
  readonly stateDirectory?: string
  /** Must be the same path for the Docker daemon, which mounts it into containers. Default: sandboxes in the state directory. */
  readonly sandboxDirectory?: string
  readonly logBytes?: number
  readonly credentials?: Credentials
  readonly version?: string
  readonly log?: (line: string) => void
  readonly clock?: Clock
  /** For tests: another container engine than Docker. */
  readonly runtime?: ContainerRuntime
}

export interface RunningEngine {
  readonly engine: Engine
  /** `http://127.0.0.1:8080` */
  readonly url: string
  /** Stops serving and writes the state; tasks go on. */
  close(): Promise<void>
}

const defaults = {
  listen: '0.0.0.0',
  port: 8080,
  socket: '/var/run/docker.sock',
  state: '/var/lib/kmesos-engine',
} as const
// Below the kernel's usual ephemeral ports; random host ports are taken from 31000 on.
const defaultPorts: readonly PortRange[] = [{ first: 1, last: 32_000 }]

/** Starts the engine: takes over what an earlier run left, then listens. Throws UnreachableError (no Docker), LockedError, UsageError. */
export async function runEngine(options: EngineOptions = {}): Promise<RunningEngine> {
  const { log = () => undefined, stateDirectory = defaults.state } = options
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 })
  const lock = await lockState(stateDirectory)
  try {
    const journal = await openJournal(stateDirectory)
    const engine = await buildEngine(options, journal, stateDirectory)
    // Containers are taken over first: a request in between could start what runs already.
    await engine.start()
    const { server, url } = await serve(engine, options).catch(async (error: unknown) => {
      await engine.close()
      throw error
    })
    const { agent } = engine.context
    log(`listening on ${url} as ${agent.hostname} (${agent.address}), state in ${stateDirectory}`)
    const close = async (): Promise<void> => {
      await server.close()
      await engine.close()
      await journal.close()
      lock.close()
    }
    return { engine, url, close }
  } catch (error) {
    lock.close()
    throw error
  }
}

async function buildEngine(
  options: EngineOptions,
  journal: StateJournal,
  stateDirectory: string,
): Promise<Engine> {
  const { clock = systemClock, log = () => undefined, servicePorts, logBytes } = options
  const { engineId } = new World(journal)
  const socketPath = options.dockerSocket ?? defaults.socket
  const runtime = options.runtime ?? dockerRuntime({ socketPath, engineId, clock })
  const agent = await describeAgent(options, runtime, { engineId, stateDirectory })
  const sandboxes = {
    directory: options.sandboxDirectory ?? join(stateDirectory, 'sandboxes'),
    ...defaultSandboxLimits,
    ...(logBytes === undefined ? {} : { logBytes }),
  }
  const ports = servicePorts ? { servicePorts } : {}
  return new Engine({ agent, runtime, prober: networkProber, journal, clock, sandboxes, log, ...ports })
}

async function describeAgent(
  options: EngineOptions,
  runtime: ContainerRuntime,
  { engineId, stateDirectory }: { readonly engineId: string; readonly stateDirectory: string },
): Promise<Agent> {
  const info = await runtime.info()
  const disk = await statfs(stateDirectory)
  const mib = 1024 * 1024
  const detected: Resources = {
    cpus: info.cpus,
    mem: info.mem,
    disk: Math.floor((disk.bavail * disk.bsize) / mib),
    gpus: 0,
    ports: defaultPorts,
  }
  return {
    id: `${engineId}-S0`,
    hostname: options.hostname ?? machineName(),
    address: options.address ?? ownAddress(),
    attributes: options.attributes ?? {},
    resources: { ...detected, ...options.resources },
  }
}

function ownAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1'
}

async function serve(
  engine: Engine,
  options: EngineOptions,
): Promise<{ server: FastifyInstance; url: string }> {
  const { listen: host = defaults.listen, port = defaults.port } = options
  const { agent } = engine.context
  const name = host === '0.0.0.0' ? agent.hostname : host
  const facts = { version: options.version ?? '0', leader: `${name}:${port}` }
  const server = apiServer(engine, facts, options.credentials)
  try {
    await server.listen({ host, port })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code !== 'EADDRINUSE' && code !== 'EADDRNOTAVAIL' && code !== 'EACCES') throw error
    throw new UsageError(`cannot listen on ${host}:${port}: ${messageOf(error)}`, {
      cause: error,
      hint: 'end the program that uses the port, or choose another with --port',
    })
  }
  const bound = server.server.address()
  const boundPort = typeof bound === 'object' && bound ? bound.port : port
  facts.leader = `${name}:${boundPort}`
  return { server, url: `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${boundPort}` }
}

/** Keeps a second engine off the same state. A socket, not a file with a pid: it is free again when its owner was killed. */
async function lockState(directory: string): Promise<Server> {
  const path = join(directory, 'lock.sock')
  const held = await new Promise<boolean>((resolve) => {
    const socket = connect(path)
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
  if (held)
    throw new LockedError(`another engine uses ${directory}`, { hint: 'stop it, or choose another --state' })
  await unlink(path).catch(() => undefined)
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.on('error', (error) =>
      reject(new ConfigError(`cannot lock ${directory}: ${messageOf(error)}`, [], { cause: error })),
    )
    server.listen(path, resolve)
  })
  server.unref()
  return server
}
