import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { absoluteId, isWithin, parentOf, segmentsOf } from '../../marathon/app-id.ts'
import { isJsonObject } from '../../marathon/json.ts'
import { buildChange } from '../change-apps.ts'
import { groupExists, groupVersions, setGroups, wantedGroup } from '../change-groups.ts'
import type { Engine } from '../engine.ts'
import { planSteps } from '../plan-deployment.ts'
import { groupMissing, methodNotAllowed, refuse } from './refusal.ts'
import { bodyOf, deploy, queryFlag, queryValues } from './request.ts'
import { appView, parseEmbed } from './views.ts'

interface GroupCall {
  readonly id: string
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** /v2/groups and everything below it. */
export function groupsRoutes(server: FastifyInstance, engine: Engine): void {
  server.all('/v2/groups', (request, reply) => dispatch(engine, { id: '/', request, reply }, []))
  server.all('/v2/groups/*', (request, reply) => {
    const segments = segmentsOf((request.params as { '*': string })['*'])
    return dispatch(engine, { id: `/${segments.join('/')}`, request, reply }, segments)
  })
}

async function dispatch(engine: Engine, call: GroupCall, segments: readonly string[]): Promise<unknown> {
  if (call.request.method === 'GET' || call.request.method === 'HEAD') return read(engine, call, segments)
  if (call.request.method === 'POST') return create(engine, call)
  if (call.request.method === 'PUT') return put(engine, call)
  if (call.request.method === 'DELETE') return remove(engine, call)
  throw methodNotAllowed()
}

function read(engine: Engine, { id, request }: GroupCall, segments: readonly string[]): unknown {
  const { context } = engine
  const [before, last] = [segments.at(-2), segments.at(-1)]
  const above = parentOf(id)
  if (last === 'apps')
    return appsOf(engine, above).map((app) =>
      appView(context, app, parseEmbed(queryValues(request, 'embed'))),
    )
  if (last === 'versions') return groupVersions(context.world, above)
  if (before === 'versions') {
    const group = parentOf(above)
    const wanted = wantedGroup(context.world, group, { version: last })
    return {
      id: group,
      version: last,
      apps: [...wanted.apps.values()].filter((app) => app !== null),
      groups: [],
      pods: [],
      dependencies: [],
    }
  }
  if (!groupExists(context.world, id)) throw groupMissing(id)
  return groupView(engine, id, queryValues(request, 'embed'))
}

function appsOf(engine: Engine, group: string): ReturnType<Engine['context']['world']['appsWithin']> {
  if (!groupExists(engine.context.world, group)) throw groupMissing(group)
  return engine.context.world.appsWithin(group)
}

/** The tree below a group. Without embed all lists are in; with it only those named. */
function groupView(engine: Engine, id: string, embed: readonly string[]): Record<string, unknown> {
  const { world } = engine.context
  const has = (list: string): boolean =>
    embed.length === 0 || embed.some((value) => value.startsWith(`group.${list}`))
  const appEmbed = parseEmbed(embed.filter((value) => value.startsWith('group.apps.')))
  const ids = [...world.apps.keys(), ...world.groups.keys()].filter(
    (other) => other !== id && isWithin(other, id),
  )
  const depth = segmentsOf(id).length
  const apps = [...world.apps.values()].filter((app) => parentOf(app.id) === id)
  const children = new Set(
    ids.map(
      (other) =>
        `/${segmentsOf(other)
          .slice(0, depth + 1)
          .join('/')}`,
    ),
  )
  const groups = [...children].filter((child) => !world.apps.has(child))
  return {
    id,
    ...(has('apps') ? { apps: apps.map((app) => appView(engine.context, app, appEmbed)) } : {}),
    ...(has('groups') ? { groups: groups.map((group) => groupView(engine, group, embed)) } : {}),
    ...(has('pods') || embed.length === 0 ? { pods: [] } : {}),
    dependencies: world.groups.get(id)?.dependencies ?? [],
    version: groupVersions(world, id)[0] ?? new Date(0).toISOString(),
    enforceRole: false,
  }
}

async function create(engine: Engine, { id: parent, request, reply }: GroupCall): Promise<unknown> {
  const { world } = engine.context
  const body = bodyOf(request)
  const given = isJsonObject(body) && typeof body['id'] === 'string' ? body['id'] : ''
  const id = absoluteId(given, parent)
  if (world.apps.has(id)) throw refuse(409, `An app with the path ${id} already exists.`)
  if (groupExists(world, id))
    throw refuse(409, `Group ${id} is already created. Use PUT to change this group.`)
  const result = await change(engine, { id, request, reply }, body)
  void reply.code(201).header('Location', id)
  return result
}

async function put(engine: Engine, call: GroupCall): Promise<unknown> {
  const body = bodyOf(call.request)
  const given =
    isJsonObject(body) && typeof body['id'] === 'string' ? absoluteId(body['id'], call.id) : call.id
  const target = { ...call, id: call.id === '/' ? given : call.id }
  if (queryFlag(call.request, 'dryRun', false)) return dryRun(engine, target.id, body)
  return change(engine, target, body)
}

async function change(engine: Engine, { id, request, reply }: GroupCall, body: unknown): Promise<unknown> {
  const { world, clock, servicePorts } = engine.context
  const wanted = wantedGroup(world, id, body)
  const built = buildChange(world, wanted.apps, { now: clock.now(), ports: servicePorts })
  const before = [...world.groups.values()]
  setGroups(world, id, wanted.groups, built.version)
  try {
    return await deploy(engine, built, { force: queryFlag(request, 'force', false), reply })
  } catch (error) {
    // Locked: nothing may have changed.
    setGroups(world, '/', before, built.version)
    throw error
  }
}

function dryRun(engine: Engine, id: string, body: unknown): unknown {
  const { world, clock, servicePorts } = engine.context
  const { apps } = buildChange(world, wantedGroup(world, id, body).apps, {
    now: clock.now(),
    ports: servicePorts,
  })
  const after = new Map(world.apps)
  for (const [appId, app] of apps) {
    if (app) after.set(appId, app)
    else after.delete(appId)
  }
  const steps = planSteps({
    before: world.apps,
    after,
    changed: [...apps.keys()],
    groupDependencies: new Map(),
  })
  return { steps: steps.map((actions) => ({ actions })) }
}

async function remove(engine: Engine, { id, request, reply }: GroupCall): Promise<unknown> {
  const { world, clock, servicePorts } = engine.context
  if (!groupExists(world, id)) throw groupMissing(id)
  const gone = new Map(world.appsWithin(id).map((app) => [app.id, null]))
  const built = buildChange(world, gone, { now: clock.now(), ports: servicePorts })
  const result = await deploy(engine, built, { force: queryFlag(request, 'force', false), reply })
  setGroups(world, id, [], built.version)
  await world.flush()
  return result
}
