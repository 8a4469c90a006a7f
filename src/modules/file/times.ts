import type { Action, TaskPlan } from '../../plan/types.ts'
import { noChange, refused } from '../no-change.ts'
import { ownershipActions, ownershipChanges } from '../ownership.ts'
import { absentOwnership } from './new-path.ts'
import { change, ownedState, pathResult, type FileObserved, type FileParams } from './types.ts'

/** What touch must do for the wanted times; nothing when they are as wanted or are to be kept. */
export function timeActions(
  params: FileParams,
  observed: FileObserved,
  unlessTold = 'preserve',
): readonly Action[] {
  const wanted = [params.access_time ?? unlessTold, params.modification_time ?? unlessTold] as const
  const differs = wanted.map((time, index) => time !== 'preserve' && time !== observed.times?.[index])
  const touch = (flags: readonly string[], time: string): Action => ({
    do: 'run',
    argv: ['touch', ...flags, ...(time === 'now' ? [] : ['-t', time]), '--', params.path],
  })
  if (differs[0] && differs[1] && wanted[0] === wanted[1]) return [touch([], wanted[0])]
  return [
    ...(differs[0] ? [touch(['-a'], wanted[0])] : []),
    ...(differs[1] ? [touch(['-m'], wanted[1])] : []),
  ]
}

/** Makes an empty file, or sets the times of what is there: to now unless told, so that it acts each time. */
export function planTouch(params: FileParams, observed: FileObserved): TaskPlan {
  const { path } = params
  const state = ownedState(params, observed)
  if (state.kind === 'absent') {
    if (observed.path.kind === 'link' && !params.follow) return refused(`${path} is a link to nothing`)
    const created: Action = { do: 'run', argv: ['touch', '--', path] }
    const times = timeActions(params, observed)
    return change(
      params,
      `make the empty file ${path}`,
      [created, ...absentOwnership(params, path, 'file'), ...times],
      {
        result: { state: 'file', size: 0 },
      },
    )
  }
  const changes = ownershipChanges(state, params)
  const times = timeActions(params, observed, 'now')
  const actions = [...times, ...ownershipActions(path, state, params)]
  if (actions.length === 0) return noChange(`${path} is as wanted`, pathResult(params, state))
  const words = [...(times.length > 0 ? [`touch ${path}`] : []), ...changes]
  return change(params, words.join(', '), actions, { result: pathResult(params, state) })
}
