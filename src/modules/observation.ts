import { KmesosError } from '../kernel/errors.ts'
import type { Answer, DockerObject, PathState } from '../plan/types.ts'

/** The host could not answer what a task must know. */
export class ObservationError extends KmesosError {}

export function stateIn(answer: Answer | undefined): PathState {
  if (answer?.ask === 'stat') return answer.state
  throw notTold(answer)
}

export function hashIn(answer: Answer | undefined): string | null {
  if (answer?.ask === 'hash') return answer.sha256
  throw notTold(answer)
}

export function textIn(answer: Answer | undefined): { readonly text: string; readonly exitCode: number } {
  if (answer?.ask === 'text') return answer
  throw notTold(answer)
}

/** A container, image or volume as `docker inspect` shows it, or null when there is none. */
export function dockerIn(answer: Answer | undefined): DockerObject | null {
  if (answer?.ask === 'docker') return answer.found
  throw notTold(answer)
}

function notTold(answer: Answer | undefined): ObservationError {
  const message = answer?.ask === 'error' ? answer.message : 'the host gave no answer'
  return new ObservationError(message, { hint: hintFor(message) })
}

function hintFor(message: string): string | undefined {
  if (/docker: not found|docker: command not found/.test(message)) {
    return 'install Docker on the host (component docker of bootstrap/)'
  }
  if (/connect to the docker daemon|docker daemon running/i.test(message)) {
    return 'start the Docker daemon on the host, or run as a user that may use its socket (become)'
  }
  if (/permission denied/i.test(message)) return 'run the task with `become: true`'
  return undefined
}
