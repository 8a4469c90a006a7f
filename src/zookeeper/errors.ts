import { KmesosError, unreachable, type ErrorDetails } from '../kernel/errors.ts'

/** Errors of single nodes; the message names the path. One class for each thing that a caller can do about it. */
class NodeError extends KmesosError {
  readonly path: string

  constructor(path: string, message: string, options: ErrorDetails = {}) {
    super(message, options)
    this.path = path
  }
}

export class NoNodeError extends NodeError {}

/** The node above the one to be made is missing. */
export class NoParentError extends NodeError {}

export class NodeExistsError extends NodeError {}

/** Somebody else changed the node since it was read. */
export class BadVersionError extends NodeError {}

export class NoAuthError extends NodeError {}

export class NotEmptyError extends NodeError {}

/** The connection broke or the server was silent: a write may or may not have been carried out. */
export class ConnectionLostError extends NodeError {}

/** More than a server takes; refused before it was sent. */
export class TooLargeError extends NodeError {}

/** The server refused for another reason, told by its code. */
export class ZooKeeperError extends NodeError {}

export type NodeFault =
  | { readonly kind: 'absent' | 'no-parent' | 'exists' | 'version' | 'auth' | 'not-empty' }
  | { readonly kind: 'lost'; readonly reason: string; readonly cause?: unknown }
  | { readonly kind: 'other'; readonly code: number }

/** The one place where the wording of node errors stands; shared by the real store and the one for tests. */
export function nodeError(fault: NodeFault, path: string): KmesosError {
  switch (fault.kind) {
    case 'absent':
      return new NoNodeError(path, `${path} does not exist in ZooKeeper`)
    case 'no-parent':
      return new NoParentError(path, `cannot create ${path} in ZooKeeper: the node above it does not exist`)
    case 'exists':
      return new NodeExistsError(path, `${path} exists already in ZooKeeper`)
    case 'version':
      return new BadVersionError(path, `${path} was changed by somebody else in the meantime`)
    case 'auth':
      return new NoAuthError(path, `ZooKeeper refuses access to ${path} for our logins`, {
        hint: 'check that the key belongs to this deployment and service, and deploy again if keys were changed',
      })
    case 'not-empty':
      return new NotEmptyError(path, `${path} cannot be removed: it has children`)
    case 'lost':
      return new ConnectionLostError(path, `lost ZooKeeper while working on ${path}: ${fault.reason}`, {
        cause: fault.cause,
      })
    case 'other':
      return new ZooKeeperError(path, `ZooKeeper refused the request on ${path} with code ${fault.code}`)
    default:
      return unreachable(fault)
  }
}

/** Refuses what a server would answer by cutting the connection. */
export function refuseTooLarge(path: string, bytes: number, limit: number): void {
  if (bytes <= limit) return
  throw new TooLargeError(
    path,
    `${path} would hold ${bytes} bytes, more than the ${limit} that ZooKeeper takes`,
    {
      hint: 'split the file or move what is large into the image',
    },
  )
}
