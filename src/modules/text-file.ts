import { quoteWord } from '../kernel/shell.ts'
import { pathKey } from '../plan/resources.ts'
import { realPathCommand } from '../plan/real-path.ts'
import type { PathState, TaskPlan } from '../plan/types.ts'
import { unifiedDiff } from '../plan/unified-diff.ts'
import { splitWords } from './command/split-words.ts'
import { resolveMode } from './mode.ts'
import { noChange, refused } from './no-change.ts'
import { stateIn, textIn } from './observation.ts'
import {
  ownershipActions,
  ownershipChanges,
  ownershipParams,
  stateResult,
  type Ownership,
} from './ownership.ts'
import type { Answers, Questions } from './types.ts'

/** What the modules that edit a text file share. */
export interface TextParams extends Ownership {
  readonly path: string
  readonly create?: boolean
  readonly backup: boolean
  readonly validate?: string
}

export interface TextSeen {
  /** What the path leads to: links are followed, so that the file itself is changed. */
  readonly path: PathState
  /** Where a link leads. */
  readonly real?: string
  /** Empty when there is no file. */
  readonly content: string
  /** Bytes that are not UTF-8 stand for themselves. */
  readonly encoding?: 'latin1'
  /** More than can be edited. */
  readonly tooLarge?: boolean
}

export const textParams = {
  path: { type: 'path', required: true, aliases: ['dest', 'destfile', 'name'] },
  backup: { type: 'flag', default: false, about: 'keep the old file beside it' },
  validate: { type: 'text', about: 'program that must accept the new file (`%s`) before it takes its place' },
  ...ownershipParams,
} as const

/** Bytes; a file to be edited comes over whole. */
const largestEdited = 4 * 1024 * 1024

export function textQuestions(path: string): Questions {
  const word = quoteWord(path)
  const script = [
    `km_f=${word}`,
    `if [ -L ${word} ]; then km_f=$(${realPathCommand(word)}); printf 'real %s\\n' "$km_f"; fi`,
    `[ ! -f "$km_f" ] || head -c ${largestEdited + 1} -- "$km_f" | base64`,
  ].join('\n')
  return {
    path: { ask: 'stat', path, follow: true },
    content: { ask: 'sh', script, reads: [pathKey(path)] },
  }
}

export function observeText(answers: Answers): TextSeen {
  const { text } = textIn(answers['content'])
  const real = /^real (.*)\n/.exec(text)
  const bytes = Buffer.from(text.slice(real?.[0].length ?? 0), 'base64')
  const utf8 = bytes.toString('utf8')
  const isUtf8 = Buffer.from(utf8).equals(bytes)
  return {
    path: stateIn(answers['path']),
    ...(real ? { real: real[1] as string } : {}),
    content: isUtf8 ? utf8 : bytes.toString('latin1'),
    ...(isUtf8 ? {} : { encoding: 'latin1' }),
    ...(bytes.length > largestEdited ? { tooLarge: true } : {}),
  }
}

/** A parameter in the letters of the file that it is compared with. */
export function inEncoding(seen: TextSeen, text: string): string {
  return seen.encoding === 'latin1' ? Buffer.from(text).toString('latin1') : text
}

/** Why the file cannot be edited, if so. */
export function refusedText(params: TextParams, seen: TextSeen): TaskPlan | undefined {
  const { path } = params
  if (seen.tooLarge)
    return refused(`${path} is larger than ${largestEdited >> 20} MiB, too large to be edited`)
  if (seen.real === '') return refused(`${path} is a link that leads to no place, or in a circle`)
  if (seen.path.kind === 'directory') return refused(`${path} is a directory, not a file`)
  if (seen.path.kind === 'other') return refused(`${path} is not a regular file`)
  if (seen.path.kind === 'absent' && params.create === false) {
    return refused(`${path} does not exist`, 'set create: true to make it')
  }
  return params.validate !== undefined && !params.validate.includes('%s')
    ? refused('validate must hold %s, which stands for the file')
    : undefined
}

/** Writes the edited text where it differs, else sets owner, group and mode where they do. */
export function planText(params: TextParams, seen: TextSeen, edited: string, said: string): TaskPlan {
  const path = seen.real ?? params.path
  const result = { path: params.path, ...stateResult(seen.path, params) }
  if (edited === seen.content && seen.path.kind !== 'absent') {
    const changes = ownershipChanges(seen.path, params)
    if (changes.length === 0) return noChange(`${params.path} ${said}`, { ...result, msg: '' })
    return {
      actions: ownershipActions(path, seen.path, params),
      changed: true,
      message: `${params.path}: ${changes.join(', ')}`,
      touches: [pathKey(params.path), pathKey(path)],
      result,
    }
  }
  const absent = seen.path.kind === 'absent'
  return {
    actions: [{ do: 'write', path, content: encoded(edited, seen), ...placement(params, seen.path) }],
    changed: true,
    message: `${absent ? 'write' : 'change'} ${params.path}`,
    touches: [pathKey(params.path), pathKey(path)],
    diff: unifiedDiff(seen.content, edited, params.path),
    result: { ...result, state: 'file' },
  }
}

function encoded(text: string, seen: TextSeen): string | Buffer {
  return seen.encoding === 'latin1' ? Buffer.from(text, 'latin1') : text
}

/** Owner, mode, check and backup of a file that replaces the present one. */
export function placement(
  params: Partial<TextParams>,
  state: PathState,
): {
  readonly owner?: string
  readonly group?: string
  readonly mode?: string
  readonly backup?: boolean
  readonly check?: readonly string[]
} {
  const { owner, group, mode } = params
  const now = state.kind === 'absent' || state.kind === 'link' ? '0644' : state.mode
  return {
    ...(owner === undefined ? {} : { owner }),
    ...(group === undefined ? {} : { group }),
    ...(mode === undefined ? {} : { mode: resolveMode(mode, now, false) }),
    ...(params.backup ? { backup: true } : {}),
    ...(params.validate === undefined ? {} : { check: splitWords(params.validate) }),
  }
}

/** The name of a kept file, from what the program said. */
export function backupResult(stdout: string): Readonly<Record<string, unknown>> {
  const kept = /^kept the old file as (.*)$/m.exec(stdout)?.[1]
  return kept === undefined ? {} : { backup_file: kept, backup: kept }
}
