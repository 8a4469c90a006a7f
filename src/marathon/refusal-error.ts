import { ApiError, ConfigError, LockedError, UnreachableError } from '../kernel/errors.ts'
import { countOf, type Problem } from '../kernel/problems.ts'
import { isJsonObject, objectsOf } from './json.ts'

/** Marathon wants other credentials, or more rights: trying again is of no use. */
export class NotAuthorizedError extends UnreachableError {}

/** Marathon's answer that is not a success, as the error that says what the caller can do about it. */
export function refusalError(
  status: number,
  body: unknown,
  call: { readonly method: string; readonly path: string },
): Error {
  const what = `${call.method} ${call.path.split('?')[0]}`
  const message = messageIn(body) ?? `HTTP ${status}`
  if (status === 401 || status === 403) {
    return new NotAuthorizedError(`Marathon refuses ${what}: not authorized (HTTP ${status})`, {
      hint: 'check the user and the password for Marathon',
    })
  }
  if (status === 409) return lockedError(what, message, body)
  if (status === 422 || status === 400) return invalidError(what, message, body)
  return new ApiError(`Marathon answered ${what} with HTTP ${status}: ${message}`, { status })
}

function lockedError(what: string, message: string, body: unknown): Error {
  const ids = objectsOf(isJsonObject(body) ? body['deployments'] : undefined).map((item) =>
    String(item['id']),
  )
  if (ids.length === 0) return new ApiError(`Marathon refuses ${what}: ${message}`, { status: 409 })
  return new LockedError(`${what}: locked by ${countOf(ids.length, 'deployment')}: ${ids.join(', ')}`, {
    hint: 'wait until they have ended, or cancel them',
    detail: message,
  })
}

function invalidError(what: string, message: string, body: unknown): Error {
  return new ConfigError(`Marathon refuses ${what}: ${message}`, detailsIn(body))
}

/** `details` is a list of paths with their errors, or one text. */
function detailsIn(body: unknown): readonly Problem[] {
  const details = isJsonObject(body) ? body['details'] : undefined
  if (typeof details === 'string') return [{ where: 'body', message: details }]
  return objectsOf(details).flatMap((detail) =>
    (Array.isArray(detail['errors']) ? detail['errors'] : []).map((error) => ({
      where: typeof detail['path'] === 'string' ? detail['path'] : '/',
      message: String(error),
    })),
  )
}

function messageIn(body: unknown): string | undefined {
  if (isJsonObject(body) && typeof body['message'] === 'string') return body['message']
  return typeof body === 'string' && body !== '' && body.length < 500 ? body : undefined
}
