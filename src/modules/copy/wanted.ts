import { ownershipOf } from '../ownership.ts'
import type { ModuleContext } from '../types.ts'
import { inlineLimit, wantedText, type WantedFile } from './plan.ts'
import type { CopyParams } from './types.ts'

/** The members of params that say how a file takes its place. */
export function placingOf(params: CopyParams): Omit<WantedFile, 'sha256'> {
  const { dest, force, backup, validate } = params
  return {
    ...{ dest, force, backup },
    ...(validate === undefined ? {} : { validate }),
    ...ownershipOf(params.mode === 'preserve' ? { ...params, mode: undefined } : params),
  }
}

/** A local file as it is wanted on the host; a large one is not read, but sent from its place. */
export function wantedLocal(params: CopyParams, file: string, context: ModuleContext): WantedFile {
  const { content } = context
  const mode = params.mode === 'preserve' ? { mode: content.mode(file) } : {}
  const placing = { ...placingOf(params), ...mode }
  return content.size(file) > inlineLimit
    ? { ...placing, file, sha256: content.sha256(file), sha1: content.sha1(file), size: content.size(file) }
    : { ...placing, ...wantedText(content.read(file)) }
}
