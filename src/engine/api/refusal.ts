import type { AppFault } from '../../marathon/fault.ts'
import { refusalOf } from '../../marathon/fault.ts'

/** An answer that is not a success, with Marathon's status and body. Thrown by handlers, sent by the server. */
export class Refusal extends Error {
  readonly status: number
  readonly body: object

  constructor(status: number, body: object) {
    super(JSON.stringify(body))
    this.status = status
    this.body = body
  }
}

export function refuse(status: number, message: string): Refusal {
  return new Refusal(status, { message })
}

export function appMissing(id: string, version?: string): Refusal {
  const where = version === undefined ? '' : ` in version ${version}`
  return refuse(404, `App '${id}' does not exist${where}`)
}

export function groupMissing(id: string): Refusal {
  return refuse(404, `Group '${id}' does not exist`)
}

export function methodNotAllowed(): Refusal {
  return refuse(405, 'Method Not Allowed')
}

/** 422 with the details of all faults. `prefix` names the place of an app in a list: `(2)`. */
export function invalid(faults: readonly AppFault[], prefix: readonly (string | number)[] = []): Refusal {
  return new Refusal(422, refusalOf(faults.map((fault) => ({ ...fault, path: [...prefix, ...fault.path] }))))
}

export function invalidRule(path: readonly (string | number)[], message: string): Refusal {
  return invalid([{ path, kind: 'rule', code: message, message }])
}

export function locked(ids: readonly string[]): Refusal {
  const message =
    "App is locked by one or more deployments. Override with the option '?force=true'. " +
    "View details at '/v2/deployments/<DEPLOYMENT_ID>'."
  return new Refusal(409, { message, deployments: ids.map((id) => ({ id })) })
}
