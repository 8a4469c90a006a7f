import { sha256 } from '../../kernel/digest.ts'
import { pathKey } from '../../plan/resources.ts'
import type { Action, PathState, TaskPlan } from '../../plan/types.ts'
import { unifiedDiff } from '../../plan/unified-diff.ts'
import { noChange, refused } from '../no-change.ts'
import { ownershipActions, ownershipChanges, type Ownership } from '../ownership.ts'

/** A file as it must be on the host. */
export interface WantedFile extends Ownership {
  readonly dest: string
  /** Absent: the file is large and is uploaded from `file`. */
  readonly content?: string | Buffer
  readonly sha256: string
  /** Local path, for large files. */
  readonly file?: string
  /** False: never touch what is there. */
  readonly force: boolean
}

export interface FileSeen {
  readonly path: PathState
  readonly sha256: string | null
  /** Present content, only with --diff and for texts of moderate size. */
  readonly content?: string
}

/** Larger contents are uploaded beside the program instead of inside of it. */
export const inlineLimit = 256 * 1024

/** Changes that make a file have the wanted content, owner and mode. */
export function planWantedFile(wanted: WantedFile, seen: FileSeen): TaskPlan {
  const { dest } = wanted
  if (seen.path.kind === 'directory') return refused(`${dest} is a directory`, 'name the file in dest')
  if (seen.path.kind !== 'absent' && !wanted.force)
    return noChange(`${dest} exists and force is off`, { dest })
  if (seen.sha256 === wanted.sha256) return planOwnershipOf(wanted, seen)
  const message = seen.path.kind === 'absent' ? `write ${dest}` : `change ${dest}`
  const diff = diffOf(wanted, seen)
  return {
    actions: writeActions(wanted),
    changed: true,
    message,
    touches: [pathKey(dest)],
    result: { dest, checksum: wanted.sha256 },
    ...(diff === undefined ? {} : { diff }),
  }
}

function planOwnershipOf(wanted: WantedFile, seen: FileSeen): TaskPlan {
  const changes = ownershipChanges(seen.path, wanted)
  const result = { dest: wanted.dest, checksum: wanted.sha256 }
  if (changes.length === 0) return noChange(`${wanted.dest} is as wanted`, result)
  return {
    actions: ownershipActions(wanted.dest, seen.path, wanted),
    changed: true,
    message: `${wanted.dest}: ${changes.join(', ')}`,
    touches: [pathKey(wanted.dest)],
    result,
  }
}

function writeActions(wanted: WantedFile): readonly Action[] {
  if (wanted.content !== undefined) {
    return [
      {
        do: 'write',
        path: wanted.dest,
        content: wanted.content,
        ...(wanted.owner === undefined ? {} : { owner: wanted.owner }),
        ...(wanted.group === undefined ? {} : { group: wanted.group }),
        ...(wanted.mode === undefined ? {} : { mode: wanted.mode }),
      },
    ]
  }
  const own = (program: string, value: string | undefined): readonly Action[] =>
    value === undefined ? [] : [{ do: 'run', argv: [program, '--', value, wanted.dest] }]
  return [
    { do: 'upload', file: wanted.file as string, path: wanted.dest, mode: wanted.mode ?? '0644' },
    ...own('chown', wanted.owner),
    ...own('chgrp', wanted.group),
    ...own('chmod', wanted.mode),
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
