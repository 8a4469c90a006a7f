import zookeeper, { type Exception } from 'node-zookeeper-client'
import { nodeError } from './errors.ts'

const code = zookeeper.Exception

/** The library's exception as our error; everything else as it is. */
export function translated(error: unknown, path: string, action?: 'create'): unknown {
  switch ((error as Partial<Exception>).code) {
    case code.NO_NODE:
      return nodeError({ kind: action === 'create' ? 'no-parent' : 'absent' }, path)
    case code.NODE_EXISTS:
      return nodeError({ kind: 'exists' }, path)
    case code.BAD_VERSION:
      return nodeError({ kind: 'version' }, path)
    case code.NO_AUTH:
      return nodeError({ kind: 'auth' }, path)
    case code.NOT_EMPTY:
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
