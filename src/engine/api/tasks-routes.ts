import type { FastifyInstance, FastifyRequest } from 'fastify'
import { absoluteId } from '../../marathon/app-id.ts'
import { isJsonObject } from '../../marathon/json.ts'
import type { Engine } from '../engine.ts'
import { isActive, taskIdOf } from '../instance.ts'
import { killTasks } from './app-tasks.ts'
import { Refusal, refuse } from './refusal.ts'
import { bodyOf, queryFlag, queryText, queryValues } from './request.ts'
import { deploymentView, taskView, taskViewWithServicePorts } from './views.ts'

/** /v2/tasks and /v2/queue. */
export function tasksRoutes(server: FastifyInstance, engine: Engine): void {
  const { context } = engine
  server.get('/v2/tasks', (request) => {
    const states = queryValues(request, 'status')
    const active = [...context.world.instances.values()].filter(isActive)
    const chosen = active.filter(({ condition }) => {
      if (states.length === 0) return true
      return (
        (condition === 'Running' && states.includes('running')) ||
        (condition === 'Staging' && states.includes('staging'))
      )
    })
    return { tasks: chosen.map((instance) => taskViewWithServicePorts(context, instance)) }
  })
  server.post('/v2/tasks/delete', async (request, reply) => {
    const ids = new Set(idsOf(request))
    const chosen = [...context.world.instances.values()].filter(
      (instance) => isActive(instance) && ids.has(taskIdOf(instance)),
    )
    const tasks = chosen.map((instance) => taskView(context, instance))
    return (await killTasks(engine, chosen, { request, reply })) ?? { tasks }
  })
  server.get('/v2/queue', () => ({ queue: engine.queue.view() }))
  server.delete('/v2/queue/*', async (request, reply) => {
    const tail = (request.params as { '*': string })['*']
    if (!tail.endsWith('/delay')) throw refuse(500, 'URI not found')
    const id = absoluteId(tail.slice(0, -'/delay'.length), '/')
    const queued = engine.queue.view().some((item) => item.app.id === id)
    if (!queued) throw refuse(404, `Application ${id} not found in tasks queue.`)
    engine.queue.resetDelay(id)
    return reply.code(204).send()
  })
}

const taskIdForm = /^[^/]+\.(instance-|marathon-)?[0-9a-f-]{36}(\._app(\.\d+)?)?$/

function idsOf(request: FastifyRequest): readonly string[] {
  const body = bodyOf(request)
  const ids = isJsonObject(body) && Array.isArray(body['ids']) ? body['ids'].map(String) : undefined
  if (!ids)
    throw new Refusal(422, {
      message: 'Invalid JSON',
      details: [{ path: '/ids', errors: ['error.path.missing'] }],
    })
  const wrong = ids.find((id) => !taskIdForm.test(id))
  if (wrong !== undefined)
    throw refuse(400, `Invalid task id '${wrong}'. [Task id must match <path>.instance-<uuid>._app.<n>]`)
  return ids
}

/** /v2/deployments */
export function deploymentsRoutes(server: FastifyInstance, engine: Engine): void {
  const { context, deployer } = engine
  server.get('/v2/deployments', () =>
    [...context.world.deployments.values()].map((record) => deploymentView(context, record)),
  )
  server.delete('/v2/deployments/:id', async (request, reply) => {
    const { id } = request.params as { id: string }
    const record = context.world.deployments.get(id)
    if (!record) throw refuse(404, `DeploymentPlan ${id} does not exist`)
    if (queryFlag(request, 'force', false)) {
      deployer.cancel(id)
      await context.world.flush()
      return reply.code(202).send()
    }
    const result = deployer.revert(record, context.world.nextVersion(context.clock.now()))
    await context.world.flush()
    void reply.header('Marathon-Deployment-Id', result.deploymentId)
    return result
  })
}

/** One line of a task's log file, as Mesos' agent serves it: what `kmesos logs` reads. */
export function fileQuery(request: FastifyRequest): {
  readonly path: string
  readonly offset: number
  readonly length: number
} {
  const number = (name: string, otherwise: number): number => Number(queryText(request, name) ?? otherwise)
  return {
    path: queryText(request, 'path') ?? '',
    offset: number('offset', -1),
    length: number('length', 64 * 1024),
  }
}
