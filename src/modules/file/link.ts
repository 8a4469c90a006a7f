import { treeKey } from '../../plan/resources.ts'
import type { Action, PathState, TaskPlan } from '../../plan/types.ts'
import { noChange, refused } from '../no-change.ts'
import { ownershipActions, ownershipChanges } from '../ownership.ts'
import { change, ownedState, pathResult, type FileObserved, type FileParams } from './types.ts'

/** A symbolic link; `src` is its text, also where that is relative. */
export function planLink(params: FileParams, observed: FileObserved): TaskPlan {
  const { path } = params
  const src = params.src ?? (observed.path.kind === 'link' ? observed.target : undefined)
  if (src === undefined) return refused('state: link needs src')
  if (observed.path.kind === 'link' && observed.target === src) return planOwners(params, observed)
  const refusal = refusedKind(params, observed.path)
  if (refusal) return refusal
  if (observed.source?.kind === 'absent' && !params.force) {
    return refused(
      `${src} does not exist, a link to it would lead to nothing`,
      'set force: true to make it all the same',
    )
  }
  const temporary = `${path.replace(/\/+$/, '')}.kmesos-link`
  const was = observed.target ? ` (was ${observed.target})` : ''
  return change(
    params,
    `link ${path} to ${src}${was}`,
    [
      { do: 'run', argv: ['rm', '-f', '--', temporary] },
      { do: 'run', argv: ['ln', '-s', '--', src, temporary] },
      ...(params.follow ? [] : linkOwners(params, temporary)),
      ...emptied(params, observed.path),
      // Renamed over the old one: there is no moment without it.
      { do: 'run', argv: ['mv', '-fT', '--', temporary, path] },
      ...(params.follow ? ownershipActions(path, observed.source ?? { kind: 'absent' }, params) : []),
    ],
    { touches: [treeKey(path)], result: { src, state: 'link' } },
  )
}

/** A second name of a file. */
export function planHardLink(params: FileParams, observed: FileObserved): TaskPlan {
  const { path, src } = params
  if (src === undefined) return refused('state: hard needs src')
  if (observed.same) return planOwners(params, observed)
  if (observed.source?.kind !== 'file') return refused(`${src} is no file, a hard link to it cannot be made`)
  const refusal = refusedKind(params, observed.path)
  if (refusal) return refusal
  return change(
    params,
    `link ${path} to ${src}`,
    [
      ...emptied(params, observed.path),
      { do: 'run', argv: ['ln', '-f', '--', src, path] },
      ...ownershipActions(path, observed.source, params),
    ],
    { result: { src, state: 'hard' } },
  )
}

function refusedKind({ path, force }: FileParams, state: PathState): TaskPlan | undefined {
  if (state.kind === 'absent' || state.kind === 'link' || force) return undefined
  return refused(
    `${path} is a ${state.kind === 'directory' ? 'directory' : 'file'}, not a link`,
    'set force: true to replace it (a directory must be empty)',
  )
}

function emptied({ path }: FileParams, state: PathState): readonly Action[] {
  return state.kind === 'directory' ? [{ do: 'run', argv: ['rmdir', '--', path] }] : []
}

function linkOwners({ owner, group }: FileParams, path: string): readonly Action[] {
  const run = (program: string, value: string | undefined): readonly Action[] =>
    value === undefined ? [] : [{ do: 'run', argv: [program, '-h', '--', value, path] }]
  return [...run('chown', owner), ...run('chgrp', group)]
}

function planOwners(params: FileParams, observed: FileObserved): TaskPlan {
  const state = ownedState(params, observed)
  const changes = ownershipChanges(state, params)
  const result = { ...pathResult(params, state), state: params.state ?? 'link' }
  if (changes.length === 0) return noChange(`${params.path} is as wanted`, result)
  return change(
    params,
    `${params.path}: ${changes.join(', ')}`,
    ownershipActions(params.path, state, params),
    {
      result,
    },
  )
}
