import { pathKey, treeKey } from '../../plan/resources.ts'
import type { Action, PathState, TaskPlan } from '../../plan/types.ts'
import { noChange, refused } from '../no-change.ts'
import { ownershipActions, ownershipChanges, type Ownership } from '../ownership.ts'

export interface FileParams extends Ownership {
  readonly path: string
  readonly state?: 'file' | 'directory' | 'absent' | 'link' | 'touch'
  readonly src?: string
  readonly recurse: boolean
  readonly force: boolean
}

export interface FileObserved {
  readonly path: PathState
  /** Target of a symbolic link, empty when it is none. */
  readonly target?: string
  /** Something below has another owner, group or mode. */
  readonly differsBelow?: boolean
}

/** Changes that bring a path to the wanted state. */
export function planFile(params: FileParams, observed: FileObserved): TaskPlan {
  switch (params.state ?? (params.src === undefined ? 'file' : 'link')) {
    case 'absent':
      return planAbsent(params, observed)
    case 'directory':
      return planDirectory(params, observed)
    case 'link':
      return planLink(params, observed)
    case 'touch':
      return planTouch(params, observed)
    case 'file':
      if (observed.path.kind === 'absent') {
        return refused(`${params.path} does not exist`, 'make it with copy or template, or use state: touch')
      }
      return planOwnership(params, observed.path)
  }
}

function planAbsent(params: FileParams, observed: FileObserved): TaskPlan {
  if (observed.path.kind === 'absent') return noChange(`${params.path} is absent`, { path: params.path })
  if (params.path === '/') return refused('refusing to remove /')
  return change(
    params,
    `remove ${params.path}`,
    [{ do: 'run', argv: ['rm', '-rf', '--', params.path] }],
    [treeKey(params.path)],
  )
}

function planDirectory(params: FileParams, observed: FileObserved): TaskPlan {
  const { path } = params
  if (observed.path.kind === 'file' || observed.path.kind === 'other') {
    return refused(`${path} is a ${observed.path.kind}, not a directory`)
  }
  if (observed.path.kind !== 'absent') {
    if (observed.differsBelow) return planRecursive(params)
    return observed.path.kind === 'link'
      ? noChange(`${path} is a link`)
      : planOwnership(params, observed.path)
  }
  return change(params, `make directory ${path}`, [
    { do: 'run', argv: ['mkdir', '-p', '--', path] },
    ...ownAll(params, path, []),
  ])
}

function planRecursive(params: FileParams): TaskPlan {
  return change(
    params,
    `set owner, group or mode of everything below ${params.path}`,
    ownAll(params, params.path, ['-R']),
    [treeKey(params.path)],
  )
}

function planLink(params: FileParams, observed: FileObserved): TaskPlan {
  const { path, src } = params
  if (src === undefined) return refused('state: link needs src')
  if (observed.path.kind === 'link' && observed.target === src) return planOwnership(params, observed.path)
  if (observed.path.kind === 'directory') return refused(`${path} is a directory, not a link`)
  if (observed.path.kind === 'file' && !params.force) {
    return refused(`${path} is a file, not a link`, 'set force: true to replace it')
  }
  const temporary = `${path}.kmesos-link`
  const was = observed.target ? ` (was ${observed.target})` : ''
  // A new link renamed over the old one: there is no moment without it.
  return change(
    params,
    `link ${path} to ${src}${was}`,
    [
      { do: 'run', argv: ['rm', '-f', '--', temporary] },
      { do: 'run', argv: ['ln', '-s', '--', src, temporary] },
      ...ownAll({ ...params, mode: undefined }, temporary, ['-h']),
      { do: 'run', argv: ['mv', '-fT', '--', temporary, path] },
    ],
    [treeKey(path)],
  )
}

function planTouch(params: FileParams, observed: FileObserved): TaskPlan {
  return change(params, `touch ${params.path}`, [
    { do: 'run', argv: ['touch', '--', params.path] },
    ...(observed.path.kind === 'absent'
      ? ownAll(params, params.path, [])
      : ownershipActions(params.path, observed.path, params)),
  ])
}

function planOwnership(params: FileParams, state: PathState): TaskPlan {
  const changes = ownershipChanges(state, params)
  if (changes.length === 0) return noChange(`${params.path} is as wanted`, { path: params.path })
  return change(params, `${params.path}: ${changes.join(', ')}`, ownershipActions(params.path, state, params))
}

type Wanted = { readonly [K in keyof Ownership]: Ownership[K] | undefined }

function ownAll(wanted: Wanted, path: string, flags: readonly string[]): readonly Action[] {
  const run = (program: string, value: string | undefined): readonly Action[] =>
    value === undefined ? [] : [{ do: 'run', argv: [program, ...flags, '--', value, path] }]
  return [...run('chown', wanted.owner), ...run('chgrp', wanted.group), ...run('chmod', wanted.mode)]
}

function change(
  params: FileParams,
  message: string,
  actions: readonly Action[],
  touches: readonly string[] = [pathKey(params.path)],
): TaskPlan {
  return { actions, changed: true, message, touches, result: { path: params.path } }
}
