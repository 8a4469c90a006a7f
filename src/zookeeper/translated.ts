import type { Exception } from 'node-zookeeper-client'
import { nodeError } from './errors.ts'

/** Numbers of KeeperException.Code, as the server sends them. */
export const codes = {
  ok: 0,
  runtimeInconsistency: -2,
  noNode: -101,
  noAuth: -102,
  badVersion: -103,
  nodeExists: -110,
  notEmpty: -111,
} as const

/** The library's exception as our error; everything else as it is. */
export function translated(error: unknown, path: string, action?: 'create'): unknown {
  switch ((error as Partial<Exception>).code) {
    case codes.noNode:
      return nodeError({ kind: action === 'create' ? 'no-parent' : 'absent' }, path)
    case codes.nodeExists:
      return nodeError({ kind: 'exists' }, path)
    case codes.badVersion:
      return nodeError({ kind: 'version' }, path)
    case codes.noAuth:
      return nodeError({ kind: 'auth' }, path)
    case codes.notEmpty:
      return nodeError({ kind: 'not-empty' }, path)
    default:
      return codeOf(error) === undefined
        ? error
        : nodeError({ kind: 'other', code: codeOf(error) as number }, path)
  }
}

function codeOf(error: unknown): number | undefined {
  const value: unknown = (error as { code?: unknown }).code
  return typeof value === 'number' ? value : undefined
}
