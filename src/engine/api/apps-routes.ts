import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { absoluteId, isWithin, segmentsOf } from '../../marathon/app-id.ts'
import { isJsonObject } from '../../marathon/json.ts'
import type { NormalizedApp } from '../../marathon/normalize-app.ts'
import type { StoredApp } from '../../marathon/types.ts'
import { buildChange, restartChange, updatedApp, wholeApp, type Wanted } from '../change-apps.ts'
import type { Engine } from '../engine.ts'
import { appTasks, killAppTasks } from './app-tasks.ts'
import { matchesSelector } from './label-selector.ts'
import { appMissing, groupMissing, methodNotAllowed, refuse } from './refusal.ts'
import { bodyOf, deploy, queryFlag, queryText, queryValues } from './request.ts'
import { allOfAnApp, appView, parseEmbed } from './views.ts'

/** /v2/apps and everything below it. Ids hold slashes, so the last words decide what is meant. */
export function appsRoutes(server: FastifyInstance, engine: Engine): void {
  server.all('/v2/apps', (request, reply) => collection(engine, request, reply))
  server.all('/v2/apps/*', (request, reply) => {
    const segments = segmentsOf((request.params as { '*': string })['*'])
    return segments.length === 0
      ? collection(engine, request, reply)
      : item(engine, { segments, request, reply })
  })
}

async function collection(engine: Engine, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      return {
        apps: selected(engine, request).map((app) => appView(engine.context, app, listEmbed(request))),
      }
    case 'POST':
      return createApp(engine, request, reply)
    case 'PUT':
      return putApps(engine, request, reply)
    case 'PATCH':
      return patchApps(engine, request, reply)
    default:
      throw methodNotAllowed()
  }
}

function listEmbed(request: FastifyRequest): ReturnType<typeof parseEmbed> {
  return new Set([...parseEmbed(queryValues(request, 'embed')), 'counts', 'deployments'] as const)
}

function selected(engine: Engine, request: FastifyRequest): readonly StoredApp[] {
  const [cmd, id, label] = ['cmd', 'id', 'label'].map((name) => queryText(request, name))
  return [...engine.context.world.apps.values()].filter(
    (app) =>
      (cmd === undefined || app.cmd?.toLowerCase().includes(cmd.toLowerCase()) === true) &&
      (id === undefined || app.id.toLowerCase().includes(id.toLowerCase())) &&
      (label === undefined || matchesSelector(label, app.labels)),
  )
}

async function createApp(engine: Engine, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const app = wholeApp(bodyOf(request))
  if (engine.context.world.apps.has(app.id)) throw refuse(409, `An app with id [${app.id}] already exists.`)
  const { deploymentId } = await deploy(engine, changeOf(engine, new Map([[app.id, app]])), {
    force: queryFlag(request, 'force', false),
    reply,
  })
  const stored = engine.context.world.apps.get(app.id) as StoredApp
  tellPost(engine, request, stored)
  void reply.code(201).header('Location', app.id)
  const counts = { tasksStaged: 0, tasksRunning: 0, tasksHealthy: 0, tasksUnhealthy: 0 }
  return { ...stored, ...counts, deployments: [{ id: deploymentId }] }
}

function tellPost(engine: Engine, request: FastifyRequest, app: StoredApp): void {
  engine.context.bus.publish('api_post_event', { clientIp: request.ip, uri: request.url, appDefinition: app })
}

function changeOf(engine: Engine, wanted: Wanted): ReturnType<typeof buildChange> {
  const { world, clock, servicePorts } = engine.context
  return buildChange(world, wanted, { now: clock.now(), ports: servicePorts })
}

function listBody(request: FastifyRequest): readonly unknown[] {
  const body = bodyOf(request)
  if (!Array.isArray(body)) throw refuse(422, 'the body must be an array of apps')
  return body
}

async function putApps(engine: Engine, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const partial = queryFlag(request, 'partialUpdate', true)
  const { world } = engine.context
  const wanted = listBody(request).map((raw, index) => {
    const id = isJsonObject(raw) && typeof raw['id'] === 'string' ? absoluteId(raw['id']) : ''
    return partial && world.apps.has(id) ? updatedApp(world, id, raw) : wholeApp(raw, '/', [index])
  })
  return deploy(engine, changeOf(engine, byId(wanted)), { force: queryFlag(request, 'force', false), reply })
}

async function patchApps(engine: Engine, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const wanted = listBody(request).map((raw) => {
    if (!isJsonObject(raw) || typeof raw['id'] !== 'string') {
      throw refuse(422, 'requirement failed: App Update must have app id set')
    }
    return updatedApp(engine.context.world, absoluteId(raw['id']), raw)
  })
  return deploy(engine, changeOf(engine, byId(wanted)), { force: queryFlag(request, 'force', false), reply })
}

function byId(apps: readonly NormalizedApp[]): Wanted {
  return new Map(apps.map((app) => [app.id, app]))
}

interface ItemCall {
  readonly segments: readonly string[]
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

// An app's id, or id/restart, id/tasks[/task], id/versions[/version]; or group/* and group/*/tasks.
async function item(engine: Engine, { segments, request, reply }: ItemCall): Promise<unknown> {
  const [before, last] = [segments.at(-2), segments.at(-1)]
  const idOf = (words: number): string => `/${segments.slice(0, segments.length - words).join('/')}`
  if (last === '*')
    return { '*': appsBelow(engine, idOf(1)).map((app) => appView(engine.context, app, allOfAnApp)) }
  if (last === 'restart') return restart(engine, { id: idOf(1), request, reply })
  if (last === 'tasks' && before === '*')
    return { tasks: appsBelow(engine, idOf(2)).flatMap((app) => appTasks(engine, app.id)) }
  if (last === 'tasks') return killAppTasks(engine, { id: idOf(1), request, reply })
  if (before === 'tasks') return killAppTasks(engine, { id: idOf(2), taskId: last ?? '', request, reply })
  if (last === 'versions') return { versions: versionsOf(engine, idOf(1)) }
  if (before === 'versions') return appVersion(engine, idOf(2), last ?? '')
  return one(engine, { id: idOf(0), request, reply })
}

function appsBelow(engine: Engine, group: string): readonly StoredApp[] {
  const apps = [...engine.context.world.apps.values()].filter(
    (app) => app.id !== group && isWithin(app.id, group),
  )
  if (apps.length === 0 && group !== '/' && !engine.context.world.groups.has(group)) throw groupMissing(group)
  return apps
}

interface OneCall {
  readonly id: string
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

async function one(engine: Engine, { id, request, reply }: OneCall): Promise<unknown> {
  const { world } = engine.context
  const stored = world.apps.get(id)
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      if (!stored) throw appMissing(id)
      return {
        app: appView(
          engine.context,
          stored,
          new Set([...allOfAnApp, ...parseEmbed(queryValues(request, 'embed'))]),
        ),
      }
    case 'PUT':
      return putApp(engine, { id, request, reply })
    case 'PATCH': {
      const wanted = byId([updatedApp(world, id, bodyOf(request))])
      return deploy(engine, changeOf(engine, wanted), { force: queryFlag(request, 'force', false), reply })
    }
    case 'DELETE':
      if (!stored) throw appMissing(id)
      return deploy(engine, changeOf(engine, new Map([[id, null]])), {
        force: queryFlag(request, 'force', true),
        reply,
      })
    default:
      throw methodNotAllowed()
  }
}

async function putApp(engine: Engine, { id, request, reply }: OneCall): Promise<unknown> {
  const { world } = engine.context
  const body = bodyOf(request)
  const existed = world.apps.has(id)
  const partial = existed && queryFlag(request, 'partialUpdate', true)
  const restores =
    existed && isJsonObject(body) && typeof body['version'] === 'string' && Object.keys(body).length <= 2
  const whole = isJsonObject(body) ? { ...body, id } : body
  const app = partial || restores ? updatedApp(world, id, body) : wholeApp(whole)
  const change = changeOf(engine, byId([app]))
  const result = await deploy(engine, change, { force: queryFlag(request, 'force', false), reply })
  tellPost(engine, request, world.apps.get(id) as StoredApp)
  if (!existed) void reply.code(201).header('Location', id)
  return result
}

async function restart(engine: Engine, { id, request, reply }: OneCall): Promise<unknown> {
  if (request.method !== 'POST') throw methodNotAllowed()
  const { world, clock } = engine.context
  const stored = world.apps.get(id)
  if (!stored) throw appMissing(id)
  engine.queue.resetDelay(id)
  const change = restartChange(world, [stored], clock.now())
  return deploy(engine, change, { force: queryFlag(request, 'force', false), reply })
}

function versionsOf(engine: Engine, id: string): readonly string[] {
  const { world } = engine.context
  if (!world.apps.has(id)) throw appMissing(id)
  const entries = (world.history.get(id) ?? []).filter((entry) => entry.app !== null)
  return entries.map((entry) => entry.version).reverse()
}

function appVersion(engine: Engine, id: string, version: string): StoredApp {
  const found = engine.context.world.history.get(id)?.find((entry) => entry.version === version)?.app
  if (!found) throw appMissing(id, version)
  return found
}
