import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Task } from '../../marathon/types.ts'
import { buildChange } from '../change-apps.ts'
import type { Engine } from '../engine.ts'
import { isActive, taskIdOf } from '../instance.ts'
import type { Instance } from '../types.ts'
import { appMissing, methodNotAllowed, refuse } from './refusal.ts'
import { deploy, queryFlag, queryText } from './request.ts'
import { taskView } from './views.ts'

export function appTasks(engine: Engine, appId: string): readonly Task[] {
  const active = engine.context.world.instancesOf(appId).filter(isActive)
  return active.map((instance) => taskView(engine.context, instance))
}

export interface AppTasksCall {
  readonly id: string
  /** One task only. */
  readonly taskId?: string
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** GET lists the app's tasks; DELETE kills them (all, those of `host`, or the one), with `scale=true` for good. */
export async function killAppTasks(
  engine: Engine,
  { id, taskId, request, reply }: AppTasksCall,
): Promise<unknown> {
  const { context } = engine
  if (!context.world.apps.has(id)) throw appMissing(id)
  if (request.method === 'GET' && taskId === undefined) return { tasks: appTasks(engine, id) }
  if (request.method !== 'DELETE') throw methodNotAllowed()
  const active = context.world.instancesOf(id).filter(isActive)
  const host = queryText(request, 'host')
  const onHost = host === undefined || host === '*' || host === context.agent.hostname
  const named = active.filter(
    (instance) => taskId === undefined || taskIdOf(instance) === taskId || instance.id === taskId,
  )
  if (taskId !== undefined && named.length === 0) throw refuse(404, `Task '${taskId}' does not exist`)
  const chosen = onHost ? named : []
  const tasks = chosen.map((instance) => taskView(context, instance))
  const scaled = await killTasks(engine, chosen, { request, reply })
  if (scaled !== undefined) return scaled
  return taskId === undefined ? { tasks } : { task: tasks[0] }
}

/** Kills the tasks. With `scale=true` their apps shrink by as many, in one deployment, whose result is given. */
export async function killTasks(
  engine: Engine,
  chosen: readonly Instance[],
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): Promise<unknown> {
  const scale = queryFlag(request, 'scale', false)
  if (scale && queryFlag(request, 'wipe', false))
    throw refuse(400, 'You cannot use scale and wipe at the same time.')
  if (!scale) {
    for (const instance of chosen) engine.killTask(instance)
    return undefined
  }
  const { world, clock, servicePorts } = engine.context
  const appIds = new Set(chosen.map((instance) => instance.app.id))
  const apps = [...appIds].flatMap((id) => world.apps.get(id) ?? [])
  const wanted = new Map(
    apps.map((app) => {
      const leaving = chosen.filter((instance) => instance.app.id === app.id).length
      return [app.id, { ...app, instances: Math.max(0, app.instances - leaving) }]
    }),
  )
  const change = buildChange(world, wanted, { now: clock.now(), ports: servicePorts })
  // Before the deployment looks for instances to end: else it would choose others.
  const begun = (): void => {
    for (const { id } of chosen) {
      const present = world.instances.get(id)
      if (present) engine.removeTask(present)
    }
  }
  return deploy(engine, change, { force: queryFlag(request, 'force', false), reply, begun })
}
