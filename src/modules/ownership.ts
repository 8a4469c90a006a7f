import type { Action, PathState } from '../plan/types.ts'
import { resolveMode } from './mode.ts'

export interface Ownership {
  readonly owner?: string
  readonly group?: string
  /** Octal text of four digits, or chmod's symbolic form. */
  readonly mode?: string
}

export const ownershipParams = {
  owner: { type: 'text', about: 'user name or uid' },
  group: { type: 'text', about: 'group name or gid' },
  mode: { type: 'mode', about: 'octal in quotes, `"0644"`, or symbolic, `u=rw,g=r`' },
} as const

/** What Ansible's file modules have besides, and why we do not. */
export const unsupportedOwnership = {
  attributes: 'use command: chattr',
  attr: 'use command: chattr',
  unsafe_writes: 'files are always replaced in one step',
  selevel: 'SELinux contexts are not managed, use command: chcon',
  serole: 'SELinux contexts are not managed, use command: chcon',
  setype: 'SELinux contexts are not managed, use command: chcon',
  seuser: 'SELinux contexts are not managed, use command: chcon',
} as const

type Wanted = { readonly [K in keyof Ownership]?: Ownership[K] | undefined }

/** The members of params that say owner, group and mode. */
export function ownershipOf(params: Wanted): Ownership {
  const { owner, group, mode } = params
  return {
    ...(owner === undefined ? {} : { owner }),
    ...(group === undefined ? {} : { group }),
    ...(mode === undefined ? {} : { mode }),
  }
}

interface Differences {
  readonly owner?: string
  readonly group?: string
  readonly mode?: string
}

type PresentState = Exclude<PathState, { readonly kind: 'absent' }>

function differences(state: PresentState, wanted: Wanted): Differences {
  const { owner, group } = wanted
  const mode = wantedMode(state, wanted)
  return {
    ...(owner === undefined || isUser(owner, state.owner, state.uid) ? {} : { owner }),
    ...(group === undefined || isUser(group, state.group, state.gid) ? {} : { group }),
    ...(mode === undefined || mode === state.mode ? {} : { mode }),
  }
}

/** Four octal digits; undefined where no mode is wanted. A link has none of its own. */
function wantedMode(state: PresentState, { mode }: Wanted): string | undefined {
  if (mode === undefined || state.kind === 'link') return undefined
  return resolveMode(mode, state.mode, state.kind === 'directory')
}

/** What chown, chgrp and chmod must do to a path that is there. */
export function ownershipActions(path: string, state: PathState, wanted: Wanted): readonly Action[] {
  if (state.kind === 'absent') return []
  const differing = differences(state, wanted)
  const dashH = state.kind === 'link' ? ['-h'] : []
  const run = (program: string, flags: readonly string[], value: string | undefined): readonly Action[] =>
    value === undefined ? [] : [{ do: 'run', argv: [program, ...flags, '--', value, path] }]
  const owned = differing.owner !== undefined || differing.group !== undefined
  const mode = wantedMode(state, wanted)
  // A change of owner takes set-id bits away, so that such a mode is set again after it.
  const again = owned && mode !== undefined && !mode.startsWith('0') ? mode : differing.mode
  return [
    ...run('chown', dashH, differing.owner),
    ...run('chgrp', dashH, differing.group),
    ...run('chmod', [], again),
  ]
}

/** "owner root -> zookeeper, mode 0755 -> 0700": for messages. */
export function ownershipChanges(state: PathState, wanted: Wanted): readonly string[] {
  if (state.kind === 'absent') return []
  const differing = differences(state, wanted)
  return (['owner', 'group', 'mode'] as const).flatMap((name) => {
    const value = differing[name]
    return value === undefined ? [] : [`${name} ${state[name]} -> ${value}`]
  })
}

function isUser(wanted: string, name: string, id: number): boolean {
  return wanted === name || wanted === String(id)
}

const stateWords = { file: 'file', directory: 'directory', link: 'link', other: 'file' } as const

/** A path's state in Ansible's words, as a module's result has it once owner, group and mode are as wanted. */
export function stateResult(state: PathState, wanted: Wanted = {}): Readonly<Record<string, unknown>> {
  if (state.kind === 'absent') return { state: 'absent' }
  const { owner, group, mode } = differences(state, wanted)
  const ids = {
    ...(owner === undefined ? { owner: state.owner, uid: state.uid } : idOf('owner', 'uid', owner)),
    ...(group === undefined ? { group: state.group, gid: state.gid } : idOf('group', 'gid', group)),
  }
  return { ...ids, mode: mode ?? state.mode, size: state.size, state: stateWords[state.kind] }
}

/** Only what can be known before the change: a name, or a number. */
function idOf(name: string, id: string, value: string): Readonly<Record<string, unknown>> {
  return /^\d+$/.test(value) ? { [id]: Number(value) } : { [name]: value }
}
