import { open, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Engine } from '../engine.ts'
import { healthOf, isActive } from '../instance.ts'
import { methodNotAllowed, refuse } from './refusal.ts'
import { fileQuery } from './tasks-routes.ts'

/** What the engine tells of itself. */
export interface EngineFacts {
  readonly version: string
  /** `host:port` that clients reach; known for good once the server listens. */
  leader: string
}

// The release of Marathon whose API this is. Clients decide by it what they may send.
const marathonVersion = '1.11.0'

export function systemRoutes(server: FastifyInstance, engine: Engine, facts: EngineFacts): void {
  const { context } = engine
  server.get('/ping', (request, reply) => {
    const json = request.headers.accept?.includes('application/json') === true
    return json ? reply.type('application/json').send('"pong"') : reply.type('text/plain').send('pong')
  })
  server.get('/v2/leader', () => ({ leader: facts.leader }))
  server.delete('/v2/leader', () => {
    throw refuse(500, 'kmesos engine is its only leader and cannot abdicate')
  })
  server.get('/v2/info', () => ({
    name: 'marathon',
    version: marathonVersion,
    buildref: `kmesos-engine-${facts.version}`,
    elected: true,
    leader: facts.leader,
    frameworkId: context.world.engineId,
    marathon_config: {
      ha: false,
      checkpoint: true,
      framework_name: 'marathon',
      hostname: context.agent.hostname,
      local_port_min: context.servicePorts.first,
      local_port_max: context.servicePorts.last,
      mesos_role: '*',
      features: [],
    },
    zookeeper_config: {},
    http_config: { http_port: Number(facts.leader.split(':').at(-1)), https_port: null },
  }))
  server.get('/metrics', () => metrics(engine))
  server.get('/', (_request, reply) => reply.redirect('/v2/info', 302))
}

function metrics(engine: Engine): object {
  const { world, agent } = engine.context
  const instances = [...world.instances.values()]
  const active = instances.filter(isActive)
  const sum = (member: 'cpus' | 'mem'): number => active.reduce((total, { app }) => total + app[member], 0)
  return {
    apps: world.apps.size,
    deployments: world.deployments.size,
    queued: instances.length - active.length,
    tasks: {
      staged: active.filter(({ condition }) => condition === 'Staging').length,
      running: active.filter(({ condition }) => condition === 'Running').length,
      unhealthy: active.filter((instance) => healthOf(instance) === false).length,
    },
    resources: {
      cpus: { total: agent.resources.cpus, used: sum('cpus') },
      mem: { total: agent.resources.mem, used: sum('mem') },
    },
    process: { rssBytes: process.memoryUsage().rss, uptimeSeconds: Math.round(process.uptime()) },
  }
}

// Source: Mesos' agent answers at most 16 pages a read.
const longestRead = 64 * 1024

/**
 * The agent's face that shows task logs. `path` is `<task id>/stdout` (or stderr), also with anything before it, so that
 * Mesos' long sandbox paths work. `/files/read`: `{data, offset}`, offset -1 tells the size; `/files/download`: the file.
 */
export function filesRoutes(server: FastifyInstance, engine: Engine): void {
  server.get('/files/read', async (request) => {
    const { path, offset, length } = fileQuery(request)
    return readPart(engine, path, { offset, length: Math.min(Math.max(0, length), longestRead) })
  })
  server.get('/files/download', async (request, reply) => {
    const file = await open(logPath(engine, fileQuery(request).path)).catch(missing)
    return reply.type('application/octet-stream').send(file.createReadStream())
  })
  server.all('/files/*', () => {
    throw methodNotAllowed()
  })
}

async function readPart(
  engine: Engine,
  path: string,
  part: { offset: number; length: number },
): Promise<object> {
  const log = logPath(engine, path)
  const file = await open(log).catch(() => undefined)
  // A task that has said nothing has no file yet.
  if (!file) return stat(dirname(log)).then(() => ({ data: '', offset: 0 }), missing)
  try {
    const { size } = await file.stat()
    if (part.offset < 0) return { data: '', offset: size }
    const { buffer, bytesRead } = await file.read(Buffer.alloc(part.length), 0, part.length, part.offset)
    return { data: buffer.subarray(0, bytesRead).toString('utf8'), offset: part.offset }
  } finally {
    await file.close()
  }
}

function missing(): never {
  throw refuse(404, 'no such file')
}

/** The file of the task that the path names; nothing outside of the sandboxes can be reached. */
function logPath(engine: Engine, path: string): string {
  const found = /([^/]+)(?:\/runs\/latest)?\/((?:stdout|stderr)(?:\.1)?)$/.exec(path)
  const [, taskId = '', name = ''] = found ?? []
  const prefix = taskId.split('.instance-')[0] ?? ''
  if (!found || taskId.startsWith('.') || prefix.startsWith('.')) throw refuse(404, 'no such file')
  return resolve(join(engine.context.sandboxes.directory, prefix, taskId, name))
}
