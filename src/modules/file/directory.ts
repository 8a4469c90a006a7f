import { pathKey, treeKey } from '../../plan/resources.ts'
import type { Action, TaskPlan } from '../../plan/types.ts'
import { resolveMode } from '../mode.ts'
import { noChange, refused } from '../no-change.ts'
import { ownershipActions, ownershipChanges } from '../ownership.ts'
import { timeActions } from './times.ts'
import { change, ownedState, pathResult, type FileObserved, type FileParams } from './types.ts'

/** Makes the directory and its parents, all with the wanted owner, group and mode; those that are there keep theirs. */
export function planDirectory(params: FileParams, observed: FileObserved): TaskPlan {
  const { path } = params
  const state = observed.real ?? observed.path
  if (state.kind === 'absent' && observed.path.kind === 'link') return refused(`${path} is a link to nothing`)
  if (state.kind !== 'absent' && state.kind !== 'directory' && state.kind !== 'link')
    return refused(`${path} is a ${state.kind}, not a directory`)
  if (state.kind === 'absent')
    return change(params, `make directory ${path}`, [makeAll(params)], {
      touches: [treeKey(path), ...parentsOf(path).map(pathKey)],
      result: { state: 'directory' },
    })
  if (observed.differsBelow) return planRecursive(params)
  const owned = ownedState(params, observed)
  const actions = [...ownershipActions(path, owned, params), ...timeActions(params, observed)]
  if (actions.length === 0) return noChange(`${path} is as wanted`, pathResult(params, owned))
  const changes = ownershipChanges(owned, params)
  return change(params, `${path}: ${changes.length > 0 ? changes.join(', ') : 'times'}`, actions, {
    result: pathResult(params, owned),
  })
}

/** Parents may be made as well. */
function parentsOf(path: string): readonly string[] {
  const names = path.split('/').filter((name) => name !== '')
  return names.slice(0, -1).map((_, index) => `/${names.slice(0, index + 1).join('/')}`)
}

/** $1 path, $2 mode, $3 owner, $4 group; the last three may be empty. */
const makeScript = `make() {
  [ -d "$1" ] && return
  case $1 in ?*/*) make "\${1%/*}" "$2" "$3" "$4" || return ;; esac
  mkdir \${2:+-m "$2"} -- "$1" || return
  [ -z "$3" ] || chown -- "$3" "$1" || return
  [ -z "$4" ] || chgrp -- "$4" "$1" || return
  [ -z "$2" ] || chmod -- "$2" "$1"
}
make "$@"`

function makeAll(params: FileParams): Action {
  const { path, mode, owner = '', group = '' } = params
  const octal = mode === undefined ? '' : resolveMode(mode, '0755', true)
  return { do: 'run', argv: ['sh', '-c', makeScript, 'sh', path.replace(/\/+$/, ''), octal, owner, group] }
}

function planRecursive(params: FileParams): TaskPlan {
  const { path, owner, group, mode } = params
  const run = (program: string, value: string | undefined): readonly Action[] =>
    value === undefined ? [] : [{ do: 'run', argv: [program, '-R', '--', value, path] }]
  return change(
    params,
    `set owner, group or mode of everything below ${path}`,
    [...run('chown', owner), ...run('chgrp', group), ...run('chmod', mode)],
    { touches: [treeKey(path)], result: { state: 'directory' } },
  )
}
