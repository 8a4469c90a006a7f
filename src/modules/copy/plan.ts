import { createHash } from 'node:crypto'
import { basename, dirname } from 'node:path'
import { sha256 } from '../../kernel/digest.ts'
import { pathKey } from '../../plan/resources.ts'
import type { Action, PathState, TaskPlan } from '../../plan/types.ts'
import { unifiedDiff } from '../../plan/unified-diff.ts'
import { noChange, refused } from '../no-change.ts'
import { ownershipActions, ownershipChanges, stateResult, type Ownership } from '../ownership.ts'
import { placement } from '../text-file.ts'

/** A file as it must be on the host. */
export interface WantedFile extends Ownership {
  readonly dest: string
  /** Absent: the file is large and is uploaded from `file`, or is `remote` on the host. */
  readonly content?: string | Buffer
  readonly sha256: string
  /** Ansible's `checksum`. */
  readonly sha1?: string
  /** Local path, for large files. */
  readonly file?: string
  /** Path on the host that is copied there. */
  readonly remote?: string
  readonly size?: number
  /** False: never touch what is there. */
  readonly force: boolean
  readonly backup?: boolean
  /** Program that must accept the new file, `%s` in it. */
  readonly validate?: string
  /** The folder of dest is missing and is made. */
  readonly makesFolder?: boolean
}

export interface FileSeen {
  readonly path: PathState
  readonly sha256: string | null
  /** Present content, only with --diff and for texts of moderate size. */
  readonly content?: string
  /** Where a link at dest leads, with `follow`. */
  readonly real?: string
}

/** Larger contents are uploaded beside the program instead of inside of it. */
export const inlineLimit = 256 * 1024

/** Changes that make a file have the wanted content, owner and mode. */
export function planWantedFile(wanted: WantedFile, seen: FileSeen): TaskPlan {
  const dest = seen.real ?? wanted.dest
  if (seen.path.kind === 'directory') return refused(`${dest} is a directory`, 'name the file in dest')
  if (wanted.validate !== undefined && !wanted.validate.includes('%s')) {
    return refused('validate must hold %s, which stands for the file')
  }
  if (seen.path.kind !== 'absent' && !wanted.force)
    return noChange(`${dest} exists and force is off`, { dest, ...stateResult(seen.path) })
  if (seen.sha256 === wanted.sha256) return planOwnershipOf({ ...wanted, dest }, seen)
  const diff = diffOf(wanted, seen)
  return {
    actions: writeActions({ ...wanted, dest }, seen),
    changed: true,
    message: seen.path.kind === 'absent' ? `write ${dest}` : `change ${dest}`,
    touches: [...new Set([pathKey(dest), pathKey(wanted.dest)]), ...(wanted.makesFolder ? ['*'] : [])],
    result: resultOf(wanted, seen),
    ...(diff === undefined ? {} : { diff }),
  }
}

function planOwnershipOf(wanted: WantedFile, seen: FileSeen): TaskPlan {
  const changes = ownershipChanges(seen.path, wanted)
  const result = resultOf(wanted, seen)
  if (changes.length === 0) return noChange(`${wanted.dest} is as wanted`, result)
  return {
    actions: ownershipActions(wanted.dest, seen.path, wanted),
    changed: true,
    message: `${wanted.dest}: ${changes.join(', ')}`,
    touches: [pathKey(wanted.dest)],
    result,
  }
}

function resultOf(wanted: WantedFile, seen: FileSeen): Readonly<Record<string, unknown>> {
  const { content } = wanted
  const size = wanted.size ?? (content === undefined ? undefined : Buffer.byteLength(content))
  const sum =
    wanted.sha1 ?? (content === undefined ? undefined : createHash('sha1').update(content).digest('hex'))
  return {
    dest: wanted.dest,
    path: wanted.dest,
    ...stateResult(seen.path, wanted),
    ...(seen.path.kind === 'absent' ? ownersWanted(wanted) : {}),
    state: 'file',
    ...(size === undefined ? {} : { size }),
    ...(sum === undefined ? {} : { checksum: sum }),
  }
}

function ownersWanted(wanted: WantedFile): Readonly<Record<string, unknown>> {
  const { owner, group } = wanted
  const mode = placement(wanted, { kind: 'absent' }).mode ?? '0644'
  return { ...(owner === undefined ? {} : { owner }), ...(group === undefined ? {} : { group }), mode }
}

function writeActions(wanted: WantedFile, seen: FileSeen): readonly Action[] {
  const { dest, content, file, remote } = wanted
  const place = { path: dest, ...placement(wanted, seen.path) }
  const folder: readonly Action[] = wanted.makesFolder
    ? [{ do: 'run', argv: ['mkdir', '-p', '--', dirname(dest)] }]
    : []
  if (content !== undefined) return [...folder, { do: 'write', content, ...place }]
  // In the folder of dest, so that it takes its place in one step; in /tmp where there is no such folder yet.
  const staged = `${wanted.makesFolder ? '/tmp' : dirname(dest)}/.kmesos-${sha256(dest).slice(0, 16)}.new`
  if (remote !== undefined) {
    const copy: Action = { do: 'run', argv: ['cp', '--', remote, staged] }
    return [...folder, copy, { do: 'place', from: staged, ...place }]
  }
  return [
    { do: 'upload', file: file as string, path: staged, mode: '0600' },
    ...folder,
    { do: 'place', from: staged, ...place },
  ]
}

function diffOf(wanted: WantedFile, seen: FileSeen): string | undefined {
  if (seen.content === undefined || wanted.content === undefined) return undefined
  const after = wanted.content.toString()
  if (after.includes('\0') || seen.content.includes('\0')) return `binary contents of ${wanted.dest} differ\n`
  return unifiedDiff(seen.content, after, wanted.dest)
}

export function wantedText(content: string | Buffer): Pick<WantedFile, 'content' | 'sha256'> {
  return { content, sha256: sha256(content) }
}

/** Where a file of this name goes: into dest when that is a folder, or is named as one. */
export function destFor(dest: string, name: string, isFolder: boolean): string {
  return isFolder || dest.endsWith('/') ? `${dest.replace(/\/+$/, '')}/${basename(name)}` : dest
}
