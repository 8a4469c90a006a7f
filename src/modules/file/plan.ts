import { treeKey } from '../../plan/resources.ts'
import type { Action, TaskPlan } from '../../plan/types.ts'
import { noChange, refused } from '../no-change.ts'
import { ownershipActions, ownershipChanges } from '../ownership.ts'
import { planDirectory } from './directory.ts'
import { planHardLink, planLink } from './link.ts'
import { planTouch, timeActions } from './times.ts'
import { change, ownedState, pathResult, type FileObserved, type FileParams } from './types.ts'

/** Changes that bring a path to the wanted state. */
export function planFile(params: FileParams, observed: FileObserved): TaskPlan {
  const state = params.state ?? stateMeant(params, observed)
  if (params.recurse && state !== 'directory') return refused('recurse needs state: directory')
  if (params.src !== undefined && state !== 'link' && state !== 'hard')
    return refused('src needs state: link or hard')
  switch (state) {
    case 'absent':
      return planAbsent(params, observed)
    case 'directory':
      return planDirectory(params, observed)
    case 'link':
      return planLink(params, observed)
    case 'hard':
      return planHardLink(params, observed)
    case 'touch':
      return planTouch(params, observed)
    case 'file':
      return planPresent(params, observed)
  }
}

/** Without `state` the path is taken for what it is. */
function stateMeant(params: FileParams, observed: FileObserved): NonNullable<FileParams['state']> {
  if (params.src !== undefined) return 'link'
  return params.recurse || ownedState(params, observed).kind === 'directory' ? 'directory' : 'file'
}

function planAbsent(params: FileParams, observed: FileObserved): TaskPlan {
  if (observed.path.kind === 'absent')
    return noChange(`${params.path} is absent`, { ...pathResult(params), state: 'absent' })
  if (/^\/+$/.test(params.path)) return refused('refusing to remove /')
  return change(
    params,
    `remove ${params.path}`,
    // Of a link the link itself, also where the name ends in a slash.
    [{ do: 'run', argv: ['rm', '-rf', '--', params.path.replace(/\/+$/, '')] }],
    { touches: [treeKey(params.path)], result: { state: 'absent' } },
  )
}

function planPresent(params: FileParams, observed: FileObserved): TaskPlan {
  const state = ownedState(params, observed)
  if (state.kind === 'absent') {
    const hint = 'make it with copy or template, or use state: touch'
    return observed.path.kind === 'link'
      ? refused(`${params.path} is a link to nothing`, hint)
      : refused(`${params.path} does not exist`, hint)
  }
  if (params.state === 'file' && state.kind === 'directory')
    return refused(`${params.path} is a directory, not a file`)
  const changes = [...ownershipChanges(state, params), ...timeActions(params, observed).map(() => 'times')]
  const actions: readonly Action[] = [
    ...ownershipActions(params.path, state, params),
    ...timeActions(params, observed),
  ]
  if (actions.length === 0) return noChange(`${params.path} is as wanted`, pathResult(params, state))
  const message = `${params.path}: ${[...new Set(changes)].join(', ')}`
  return change(params, message, actions, { result: pathResult(params, state) })
}
