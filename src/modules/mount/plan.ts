import { pathKey } from '../../plan/resources.ts'
import type { Action, PathState, TaskPlan } from '../../plan/types.ts'
import { noChange, refused } from '../no-change.ts'
import { sourceIn, withEntry, withoutEntry, type FstabEntry } from './fstab.ts'

export interface MountParams {
  readonly path: string
  readonly state:
    'present' | 'mounted' | 'unmounted' | 'absent' | 'absent_from_fstab' | 'remounted' | 'ephemeral'
  readonly src?: string
  readonly fstype?: string
  readonly opts?: string
  readonly dump: string
  readonly passno: string
  readonly boot: boolean
  readonly backup: boolean
  readonly fstab: string
}

export interface MountObserved {
  readonly path: PathState
  /** Text of the fstab, empty when there is none. */
  readonly fstab: string
  /** Source of the topmost mount at the path, null when nothing is mounted there. */
  readonly mounted: string | null
}

/** Changes that bring the fstab's entry and the mount itself to the wanted state. */
export function planMount(params: MountParams, observed: MountObserved): TaskPlan {
  const { path, state } = params
  if (!path.startsWith('/') && path !== 'none') return refused(`${path} is not an absolute path`)
  switch (state) {
    case 'present':
    case 'mounted':
      return planEntry(params, observed)
    case 'ephemeral':
      return planEphemeral(params, observed)
    case 'unmounted':
      if (observed.mounted === null) return done(params, `nothing is mounted on ${path}`)
      return change(params, `unmount ${path}`, [umount(path)])
    case 'remounted':
      if (observed.mounted === null) return refused(`${path} is not mounted`, 'use state: mounted')
      return change(params, `mount ${path} anew`, [remount(params)])
    case 'absent':
    case 'absent_from_fstab':
      return planAbsent(params, observed)
  }
}

function planEntry(params: MountParams, observed: MountObserved): TaskPlan {
  const { path, state } = params
  const entry = entryOf(params)
  if (entry === undefined) return refused(`state: ${state} needs src and fstype`)
  const text = withEntry(observed.fstab, entry)
  const edits = text === observed.fstab ? [] : [writeFstab(params, text)]
  const was = sourceIn(observed.fstab, entry)
  const moved = was !== undefined && was !== entry.src
  const mounts =
    state === 'mounted' ? mountActions(params, observed, { edited: edits.length > 0, moved }) : []
  if (edits.length + mounts.length === 0) return done(params, `${path} is as wanted`)
  const words = [...(edits.length > 0 ? [`write its entry in ${params.fstab}`] : []), ...mounts.map(wordFor)]
  return change(params, `${path}: ${words.join(', ')}`, [...edits, ...mounts])
}

function mountActions(
  params: MountParams,
  observed: MountObserved,
  entry: { readonly edited: boolean; readonly moved: boolean },
): readonly Action[] {
  const { path } = params
  if (observed.mounted !== null && !entry.edited) return []
  if (observed.mounted !== null && !entry.moved) return [remount(params)]
  const folder: readonly Action[] =
    observed.path.kind === 'absent' ? [{ do: 'run', argv: ['mkdir', '-p', '--', path] }] : []
  // Another source cannot be had by a remount.
  return [...(observed.mounted === null ? [] : [umount(path)]), ...folder, mount(params)]
}

function planEphemeral(params: MountParams, observed: MountObserved): TaskPlan {
  const { path, src, fstype, opts } = params
  if (src === undefined || fstype === undefined) return refused('state: ephemeral needs src and fstype')
  const bind = (opts ?? '').split(',').some((word) => word === 'bind' || word === 'rbind')
  if (observed.mounted !== null) {
    return bind || observed.mounted === src
      ? done(params, `${path} is mounted`)
      : refused(`${observed.mounted} is mounted on ${path}, not ${src}`, 'use state: unmounted first')
  }
  return change(params, `mount ${src} on ${path}`, [
    ...(observed.path.kind === 'absent' ? [{ do: 'run', argv: ['mkdir', '-p', '--', path] } as const] : []),
    { do: 'run', argv: ['mount', '-t', fstype, '-o', opts ?? 'defaults', '--', src, path] },
  ])
}

function planAbsent(params: MountParams, observed: MountObserved): TaskPlan {
  const { path, state, src = '', fstype = '' } = params
  const text = withoutEntry(observed.fstab, { path, src, fstype })
  const edits = text === observed.fstab ? [] : [writeFstab(params, text)]
  const unmounts = state === 'absent' && observed.mounted !== null ? [umount(path)] : []
  const actions: readonly Action[] = [
    ...edits,
    ...unmounts,
    ...(state === 'absent' && edits.length > 0 && observed.path.kind === 'directory'
      ? [removeFolder(path)]
      : []),
  ]
  return actions.length === 0
    ? done(params, `${path} is not in ${params.fstab}`)
    : change(params, `remove the mount ${path}`, actions)
}

function entryOf(params: MountParams): FstabEntry | undefined {
  const { path, src, fstype, dump, passno, boot } = params
  if (src === undefined || fstype === undefined) return undefined
  const opts = params.opts ?? 'defaults'
  const withBoot = boot || opts.split(',').includes('noauto') ? opts : `${opts},noauto`
  return { src, path, fstype, opts: withBoot, dump, passno }
}

function writeFstab(params: MountParams, text: string): Action {
  return { do: 'write', path: params.fstab, content: text, ...(params.backup ? { backup: true } : {}) }
}

function tableWords({ fstab }: MountParams): readonly string[] {
  return fstab === '/etc/fstab' ? [] : ['-T', fstab]
}

function mount(params: MountParams): Action {
  return { do: 'run', argv: ['mount', ...tableWords(params), '--', params.path] }
}

/** Some file systems cannot be remounted with other options: they are taken off and put on. */
const remountScript =
  'path=$1; shift; mount -o remount "$@" -- "$path" || { umount -- "$path" && mount "$@" -- "$path"; }'

function remount(params: MountParams): Action {
  return { do: 'run', argv: ['sh', '-c', remountScript, 'sh', params.path, ...tableWords(params)] }
}

function umount(path: string): Action {
  return { do: 'run', argv: ['umount', '--', path] }
}

/** What was below the mount before it stays. */
function removeFolder(path: string): Action {
  return { do: 'run', argv: ['sh', '-c', 'rmdir -- "$1" || echo "$1 stays"', 'sh', path] }
}

function wordFor(action: Action): string {
  return action.do === 'run' ? (action.argv[0] === 'sh' ? 'remount' : String(action.argv[0])) : action.do
}

function resultOf(params: MountParams): Readonly<Record<string, unknown>> {
  const { path, src, fstype, opts, dump, passno, fstab } = params
  return { name: path, path, src, fstype, opts: opts ?? 'defaults', dump, passno, fstab }
}

function done(params: MountParams, message: string): TaskPlan {
  return noChange(message, resultOf(params))
}

function change(params: MountParams, message: string, actions: readonly Action[]): TaskPlan {
  // A mount changes what every path below it is.
  const touches = ['*', pathKey(params.fstab)]
  return { actions, changed: true, message, touches, result: resultOf(params) }
}
