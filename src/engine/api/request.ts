import type { FastifyReply, FastifyRequest } from 'fastify'
import type { DeploymentResult } from '../../marathon/types.ts'
import type { Change } from '../deployer.ts'
import { LockedByDeployments } from '../deployer.ts'
import type { Engine } from '../engine.ts'
import { locked, refuse } from './refusal.ts'

/** All values of a query parameter; `name[]` counts as `name`. */
export function queryValues(request: FastifyRequest, name: string): readonly string[] {
  const query = request.query as Record<string, string | string[] | undefined>
  return [query[name] ?? [], query[`${name}[]`] ?? []].flat()
}

export function queryText(request: FastifyRequest, name: string): string | undefined {
  return queryValues(request, name)[0]
}

/** Throws 400 for anything but true and false. */
export function queryFlag(request: FastifyRequest, name: string, otherwise: boolean): boolean {
  const value = queryText(request, name)
  if (value === undefined) return otherwise
  if (value === 'true' || value === '') return true
  if (value === 'false') return false
  throw refuse(400, `Query parameter ${name} must be true or false, not '${value}'`)
}

/** The JSON body; 400 when there is none. */
export function bodyOf(request: FastifyRequest): unknown {
  if (request.body === undefined || request.body === null) {
    throw Object.assign(refuse(400, 'Please specify data in JSON format'), {
      body: { message: 'Please specify data in JSON format', details: 'the request has no body' },
    })
  }
  return request.body
}

export interface DeployOptions {
  readonly force: boolean
  readonly reply: FastifyReply
  /** Called in the same turn, before the deployment's first move. */
  readonly begun?: () => void
}

/** Begins the deployment and answers when the change is on disk. Throws 409 while another one holds an app. */
export async function deploy(
  engine: Engine,
  change: Change,
  options: DeployOptions,
): Promise<DeploymentResult> {
  const result = beginOrRefuse(engine, change, options.force)
  options.begun?.()
  await engine.context.world.flush()
  void options.reply.header('Marathon-Deployment-Id', result.deploymentId)
  return result
}

function beginOrRefuse(engine: Engine, change: Change, force: boolean): DeploymentResult {
  try {
    return engine.deployer.begin(change, force)
  } catch (error) {
    if (error instanceof LockedByDeployments) throw locked(error.ids)
    throw error
  }
}
