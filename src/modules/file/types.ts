import type { PathState, TaskPlan } from '../../plan/types.ts'
import { pathKey } from '../../plan/resources.ts'
import { stateResult, type Ownership } from '../ownership.ts'

export interface FileParams extends Ownership {
  readonly path: string
  readonly state?: 'file' | 'directory' | 'absent' | 'link' | 'hard' | 'touch'
  readonly src?: string
  readonly recurse: boolean
  readonly follow: boolean
  readonly force: boolean
  /** `now`, `preserve`, or a time as `touch -t` takes it. */
  readonly access_time?: string
  readonly modification_time?: string
}

export interface FileObserved {
  /** The path itself. */
  readonly path: PathState
  /** What a link at the path leads to; the path itself when it is none. Without `follow` it is not asked. */
  readonly real?: PathState
  /** Text of a symbolic link, empty when it is none. */
  readonly target?: string
  /** What `src` names, links followed. */
  readonly source?: PathState
  /** Path and src are one file (hard links). */
  readonly same?: boolean
  /** Something below has another owner, group or mode. */
  readonly differsBelow?: boolean
  /** Times of access and modification as `touch -t` takes them. */
  readonly times?: readonly [string, string]
}

/** What owner, group and mode are wanted for: the path, or with `follow` what it leads to. */
export function ownedState({ follow }: FileParams, observed: FileObserved): PathState {
  return follow ? (observed.real ?? observed.path) : observed.path
}

/** A plan that changes something, with the result that Ansible's module gives. */
export function change(
  params: FileParams,
  message: string,
  actions: TaskPlan['actions'],
  more: { readonly touches?: readonly string[]; readonly result?: Readonly<Record<string, unknown>> } = {},
): TaskPlan {
  const touches = more.touches ?? [pathKey(params.path)]
  return { actions, changed: true, message, touches, result: { ...pathResult(params), ...more.result } }
}

export function pathResult(params: FileParams, state?: PathState): Readonly<Record<string, unknown>> {
  return { path: params.path, dest: params.path, ...(state === undefined ? {} : stateResult(state, params)) }
}
