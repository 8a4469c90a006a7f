import type { TaskPlan } from '../../plan/types.ts'
import { splitLines } from '../lineinfile/edit-lines.ts'
import { withFolder } from '../lineinfile/module.ts'
import { noChange, refused } from '../no-change.ts'
import { unsupportedOwnership } from '../ownership.ts'
import { pythonRegex } from '../python-regex.ts'
import {
  backupResult,
  inEncoding,
  observeText,
  planText,
  refusedText,
  textParams,
  textQuestions,
  type TextParams,
  type TextSeen,
} from '../text-file.ts'
import { defineModule } from '../types.ts'

interface BlockParams extends TextParams {
  readonly block: string
  readonly state: 'present' | 'absent'
  readonly marker: string
  readonly marker_begin: string
  readonly marker_end: string
  readonly insertafter?: string
  readonly insertbefore?: string
  readonly create: boolean
}

export const blockinfileModule = defineModule<BlockParams, TextSeen>({
  name: 'blockinfile',
  summary: 'keeps a block of lines between two markers in a text file',
  schema: {
    params: {
      ...textParams,
      block: { type: 'text', default: '', aliases: ['content'], about: 'empty: the block is taken out' },
      state: { type: 'text', choices: ['present', 'absent'], default: 'present' },
      marker: { type: 'text', default: '# {mark} ANSIBLE MANAGED BLOCK' },
      marker_begin: { type: 'text', default: 'BEGIN', about: 'stands for `{mark}` before the block' },
      marker_end: { type: 'text', default: 'END', about: 'stands for `{mark}` after the block' },
      insertafter: { type: 'text', about: 'regular expression, or `EOF`; EOF unless told' },
      insertbefore: { type: 'text', about: 'regular expression, or `BOF`' },
      create: { type: 'flag', default: false, about: 'make the file, and its folder, when it is missing' },
    },
    exclusive: [['insertafter', 'insertbefore']],
    unsupported: unsupportedOwnership,
  },
  questions: (params) => textQuestions(params.path),
  observe: observeText,
  plan: planBlock,
  result: (_params, output) => backupResult(output.stdout),
})

function planBlock(params: BlockParams, seen: TextSeen): TaskPlan {
  const refusal = refusedText(params.state === 'absent' ? { ...params, create: true } : params, seen)
  if (refusal) return refusal
  if (seen.path.kind === 'absent' && params.state === 'absent') return noChange(`${params.path} is absent`)
  try {
    const text = editBlock(seen.content, params, (part) => inEncoding(seen, part))
    return withFolder(params, seen, planText(params, seen, text, 'has the block as wanted'))
  } catch (error) {
    if (error instanceof SyntaxError) return refused(`cannot read the pattern: ${error.message}`)
    throw error
  }
}

/** The text with the block between its markers: where they are, else at the wanted place. */
export function editBlock(text: string, params: BlockParams, inFile: (part: string) => string): string {
  const marker = (word: string): string => `${inFile(params.marker.replaceAll('{mark}', word))}\n`
  const [begin, end] = [marker(params.marker_begin), marker(params.marker_end)]
  const lines = splitLines(text)
  const body = inFile(params.block)
  const wanted =
    params.state === 'present' && body !== '' ? [begin, body.endsWith('\n') ? body : `${body}\n`, end] : []
  const [first, last] = [lines.lastIndexOf(begin), lines.lastIndexOf(end)]
  const found = first >= 0 && last >= 0
  const from = found ? Math.min(first, last) : placeFor(lines, text, params)
  const before = lines.slice(0, from)
  const cut = before.at(-1)
  // Ansible ends the line before the place, also where no block follows.
  const ended = cut === undefined || cut.endsWith('\n') ? before : [...before.slice(0, -1), `${cut}\n`]
  return [...ended, ...wanted, ...lines.slice(found ? Math.max(first, last) + 1 : from)].join('')
}

function placeFor(lines: readonly string[], text: string, params: BlockParams): number {
  const { insertbefore, insertafter } = params
  if (insertbefore === 'BOF') return 0
  const pattern = insertbefore ?? (insertafter === 'EOF' ? undefined : insertafter)
  if (pattern === undefined) return lines.length
  const regex = pythonRegex(pattern)
  const step = insertbefore === undefined ? 1 : 0
  if (/^\(\?[a-z]*m/.test(pattern)) {
    const match = regex.exec(text)
    if (!match) return lines.length
    const upTo = match.index + (step === 1 ? match[0].length : 0)
    return text.slice(0, upTo).split('\n').length - 1 + step
  }
  const found = lines.findLastIndex((line) => regex.test(line))
  return found < 0 ? lines.length : found + step
}
