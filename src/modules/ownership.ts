import type { Action, PathState } from '../plan/types.ts'

export interface Ownership {
  readonly owner?: string
  readonly group?: string
  /** Octal text of four digits. */
  readonly mode?: string
}

export const ownershipParams = {
  owner: { type: 'text', about: 'user name or uid' },
  group: { type: 'text', about: 'group name or gid' },
  mode: { type: 'mode', about: 'octal, quoted: "0644"' },
} as const

/** What chown, chgrp and chmod must do to a path that is there. */
export function ownershipActions(path: string, state: PathState, wanted: Ownership): readonly Action[] {
  if (state.kind === 'absent') return []
  const actions: Action[] = []
  const dashH = state.kind === 'link' ? ['-h'] : []
  if (wanted.owner !== undefined && !isUser(wanted.owner, state.owner, state.uid)) {
    actions.push({ do: 'run', argv: ['chown', ...dashH, '--', wanted.owner, path] })
  }
  if (wanted.group !== undefined && !isUser(wanted.group, state.group, state.gid)) {
    actions.push({ do: 'run', argv: ['chgrp', ...dashH, '--', wanted.group, path] })
  }
  if (wanted.mode !== undefined && state.kind !== 'link' && state.mode !== wanted.mode) {
    actions.push({ do: 'run', argv: ['chmod', '--', wanted.mode, path] })
  }
  return actions
}

/** "owner root -> zookeeper, mode 0755 -> 0700": for messages. */
export function ownershipChanges(state: PathState, wanted: Ownership): readonly string[] {
  if (state.kind === 'absent') return []
  const changes: string[] = []
  if (wanted.owner !== undefined && !isUser(wanted.owner, state.owner, state.uid)) {
    changes.push(`owner ${state.owner} -> ${wanted.owner}`)
  }
  if (wanted.group !== undefined && !isUser(wanted.group, state.group, state.gid)) {
    changes.push(`group ${state.group} -> ${wanted.group}`)
  }
  if (wanted.mode !== undefined && state.kind !== 'link' && state.mode !== wanted.mode) {
    changes.push(`mode ${state.mode} -> ${wanted.mode}`)
  }
  return changes
}

function isUser(wanted: string, name: string, id: number): boolean {
  return wanted === name || wanted === String(id)
}
