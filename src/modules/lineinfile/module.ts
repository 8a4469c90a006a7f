import { dirname } from 'node:path'
import type { TaskPlan } from '../../plan/types.ts'
import { noChange, refused } from '../no-change.ts'
import { unsupportedOwnership } from '../ownership.ts'
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
import { editLines, type LineEdit } from './edit-lines.ts'

interface LineParams extends TextParams, LineEdit {
  readonly create: boolean
  readonly backrefs: boolean
  readonly firstmatch: boolean
}

export const lineinfileModule = defineModule<LineParams, TextSeen>({
  name: 'lineinfile',
  summary: 'makes one line be in, or not be in, a text file',
  schema: {
    params: {
      ...textParams,
      line: { type: 'text', aliases: ['value'] },
      regexp: {
        type: 'text',
        aliases: ['regex'],
        about: "in Python's syntax; the last line that matches is replaced",
      },
      search_string: { type: 'text', about: 'text to look for, instead of regexp' },
      state: { type: 'text', choices: ['present', 'absent'], default: 'present' },
      insertafter: { type: 'text', about: 'regular expression, `EOF` or `BOF`; EOF unless told' },
      insertbefore: { type: 'text', about: 'regular expression, or `BOF`' },
      backrefs: {
        type: 'flag',
        default: false,
        about: 'line holds `\\1` or `\\g<name>` of regexp; without a match nothing is done',
      },
      firstmatch: { type: 'flag', default: false, about: 'the first match counts, not the last' },
      create: { type: 'flag', default: false, about: 'make the file, and its folder, when it is missing' },
    },
    oneOf: [['line', 'regexp', 'search_string']],
    exclusive: [
      ['insertafter', 'insertbefore'],
      ['regexp', 'search_string'],
    ],
    unsupported: unsupportedOwnership,
  },
  questions: (params) => textQuestions(params.path),
  observe: observeText,
  plan: planLine,
  result: (_params, output) => backupResult(output.stdout),
})

function planLine(params: LineParams, seen: TextSeen): TaskPlan {
  if (params.state === 'present' && params.line === undefined) return refused('state: present needs line')
  if (params.backrefs && params.regexp === undefined) return refused('backrefs needs regexp')
  if (seen.path.kind === 'absent' && params.state === 'absent') return noChange(`${params.path} is absent`)
  const refusal = refusedText(params, seen)
  if (refusal) return refusal
  try {
    const text = editLines(seen.content, inFile(params, seen))
    return withFolder(params, seen, planText(params, seen, text, 'has the line as wanted'))
  } catch (error) {
    if (error instanceof SyntaxError) return refused(`cannot read the pattern: ${error.message}`)
    throw error
  }
}

function inFile(params: LineParams, seen: TextSeen): LineEdit {
  const texts = ['line', 'regexp', 'search_string', 'insertafter', 'insertbefore'] as const
  const told = texts.flatMap((name) => {
    const text = params[name]
    return text === undefined ? [] : [[name, inEncoding(seen, text)]]
  })
  return { ...params, ...(Object.fromEntries(told) as Partial<LineEdit>) }
}

/** As Ansible, `create` makes the folder too. */
export function withFolder(params: TextParams, seen: TextSeen, plan: TaskPlan): TaskPlan {
  if (seen.path.kind !== 'absent' || plan.actions.length === 0) return plan
  return {
    ...plan,
    actions: [{ do: 'run', argv: ['mkdir', '-p', '--', dirname(seen.real ?? params.path)] }, ...plan.actions],
    touches: ['*'],
  }
}
