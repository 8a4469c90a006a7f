import { basename, dirname, join } from 'node:path'
import { treeKey } from '../../plan/resources.ts'
import type { Action, PathState, Question, TaskPlan } from '../../plan/types.ts'
import { absentOwnership } from '../file/new-path.ts'
import { noChange, refused } from '../no-change.ts'
import { hashIn, stateIn } from '../observation.ts'
import type { Answers, LocalEntry, ModuleContext, Questions } from '../types.ts'
import type { CopyParams } from './types.ts'
import { planWantedFile, type FileSeen } from './plan.ts'
import { wantedLocal } from './wanted.ts'

/** What was seen of a folder's paths on the host, by their names here. */
export type TreeSeen = Readonly<Record<string, FileSeen>>

interface Tree {
  readonly root: string
  readonly entries: readonly LocalEntry[]
}

/** With a final slash the contents go to dest, else the folder itself. */
function treeOf(params: CopyParams, folder: string, context: ModuleContext): Tree {
  const root = params.src?.endsWith('/') ? params.dest : join(params.dest, basename(folder))
  const entries = context.content.list(folder)
  return {
    root,
    entries: params.local_follow ? entries.flatMap((entry) => followed(entry, folder, context)) : entries,
  }
}

function followed(entry: LocalEntry, folder: string, context: ModuleContext): readonly LocalEntry[] {
  if (entry.kind !== 'link') return [entry]
  const path = join(folder, entry.path)
  if (!context.content.exists(path)) return []
  if (!context.content.isDirectory(path)) return [{ path: entry.path, kind: 'file' }]
  const below = context.content.list(path).map((each) => ({ ...each, path: join(entry.path, each.path) }))
  return [{ path: entry.path, kind: 'directory' }, ...below.filter(({ kind }) => kind !== 'link')]
}

/** From the top; these have absolute names among what is seen, those of the tree have relative ones. */
function foldersAbove(root: string): readonly string[] {
  const parent = dirname(root)
  return parent === root || parent === '/' || parent === '.' ? [] : [...foldersAbove(parent), parent]
}

export function treeQuestions(params: CopyParams, folder: string, context: ModuleContext): Questions {
  const { root, entries } = treeOf(params, folder, context)
  const asks: [string, Question][] = [['stat .', { ask: 'stat', path: root, follow: true }]]
  for (const path of foldersAbove(root)) asks.push([`stat ${path}`, { ask: 'stat', path, follow: true }])
  for (const { path, kind } of entries) {
    asks.push([`stat ${path}`, { ask: 'stat', path: join(root, path) }])
    if (kind === 'file') asks.push([`hash ${path}`, { ask: 'hash', path: join(root, path) }])
  }
  return Object.fromEntries(asks)
}

export function observeTree(answers: Answers): TreeSeen {
  const names = Object.keys(answers).filter((name) => name.startsWith('stat '))
  return Object.fromEntries(
    names.map((name) => {
      const path = stateIn(answers[name])
      const hash = answers[`hash ${name.slice(5)}`]
      const isFile = path.kind === 'file' || path.kind === 'link'
      return [name.slice(5), { path, sha256: isFile && hash !== undefined ? hashIn(hash) : null }]
    }),
  )
}

/** One plan of all folders and files that differ. */
export function planTree(
  params: CopyParams,
  seen: TreeSeen,
  folder: string,
  context: ModuleContext,
): TaskPlan {
  const { root, entries } = treeOf(params, folder, context)
  const top: LocalEntry = { path: '.', kind: 'directory' }
  const above = foldersAbove(root)
    .filter((path) => seen[path]?.path.kind === 'absent')
    .map((path) => planFolder(params, path, { kind: 'absent' }))
  const own = [top, ...entries].map((entry) => planEntry(params, { root, folder, entry, seen, context }))
  const plans = [...above, ...own]
  const refusal = plans.find((plan) => plan.failed)
  if (refusal) return refusal
  const changing = plans.filter((plan) => plan.actions.length > 0)
  const result = { dest: `${root}/`, src: folder, state: 'directory' }
  if (changing.length === 0) return noChange(`${root} is as wanted`, result)
  const actions = changing.flatMap((plan) => plan.actions)
  const uploads = actions.filter((action) => action.do === 'upload')
  return {
    // What is uploaded is sent before anything else is done, and stands in /tmp until its folder is there.
    actions: [...uploads, ...actions.filter((action) => action.do !== 'upload')],
    changed: true,
    message: `copy ${changing.length} of ${plans.length} paths to ${root}`,
    diff: changing.map((plan) => plan.diff ?? '').join(''),
    touches: [treeKey(root), '*'],
    result,
  }
}

interface EntryPlace {
  readonly root: string
  readonly folder: string
  readonly entry: LocalEntry
  readonly seen: TreeSeen
  readonly context: ModuleContext
}

function planEntry(params: CopyParams, place: EntryPlace): TaskPlan {
  const { entry, folder, context } = place
  const dest = entry.path === '.' ? place.root : join(place.root, entry.path)
  const seen = place.seen[entry.path] ?? { path: { kind: 'absent' }, sha256: null }
  if (entry.kind === 'directory') return planFolder(params, dest, seen.path)
  if (entry.kind === 'link') return planLink(dest, entry.target ?? '', seen.path)
  const parent = place.seen[entry.path.includes('/') ? entry.path.replace(/\/[^/]*$/, '') : '.']
  const wanted = wantedLocal({ ...params, dest }, join(folder, entry.path), context)
  return planWantedFile({ ...wanted, ...(parent?.path.kind === 'absent' ? { makesFolder: true } : {}) }, seen)
}

function planFolder(params: CopyParams, dest: string, state: PathState): TaskPlan {
  if (state.kind === 'directory') return noChange('')
  if (state.kind !== 'absent' && state.kind !== 'link')
    return refused(`${dest} is a ${state.kind}, not a directory`)
  if (state.kind === 'link') return noChange('')
  const { owner, group, directory_mode: mode } = params
  const actions: readonly Action[] = [
    { do: 'run', argv: ['mkdir', '-p', '--', dest] },
    ...absentOwnership({ owner, group, mode }, dest, 'directory'),
  ]
  return { actions, changed: true, message: '', touches: [] }
}

function planLink(dest: string, target: string, state: PathState): TaskPlan {
  // A link's text is not asked for; one that is there is taken as it is.
  if (state.kind === 'link') return noChange('')
  if (state.kind !== 'absent') return refused(`${dest} is a ${state.kind}, not a link`)
  return {
    actions: [{ do: 'run', argv: ['ln', '-s', '--', target, dest] }],
    changed: true,
    message: '',
    touches: [],
  }
}
