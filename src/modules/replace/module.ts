import type { TaskPlan } from '../../plan/types.ts'
import { refused } from '../no-change.ts'
import { unsupportedOwnership } from '../ownership.ts'
import { expandTemplate, pythonRegex } from '../python-regex.ts'
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

interface ReplaceParams extends TextParams {
  readonly regexp: string
  readonly replace: string
  readonly after?: string
  readonly before?: string
}

export const replaceModule = defineModule<ReplaceParams, TextSeen>({
  name: 'replace',
  summary: 'replaces every match of a regular expression in a text file',
  schema: {
    params: {
      ...textParams,
      regexp: { type: 'text', required: true, about: "in Python's syntax; `^` and `$` hold at each line" },
      replace: { type: 'text', default: '', about: '`\\1` and `\\g<name>` stand for groups' },
      after: { type: 'text', about: 'only after the first match of this' },
      before: { type: 'text', about: 'only before the first match of this' },
    },
    unsupported: { ...unsupportedOwnership, encoding: 'files are UTF-8; other bytes are kept as they are' },
  },
  questions: (params) => textQuestions(params.path),
  observe: observeText,
  plan: planReplace,
  result: (_params, output) => backupResult(output.stdout),
})

function planReplace(params: ReplaceParams, seen: TextSeen): TaskPlan {
  const refusal = refusedText({ ...params, create: false }, seen)
  if (refusal)
    return refusal.hint === undefined ? refusal : { ...refusal, hint: 'make it with copy or template' }
  try {
    const text = replaceAll(seen.content, params, (part) => inEncoding(seen, part))
    return planText(params, seen, text, 'has nothing to replace')
  } catch (error) {
    if (error instanceof SyntaxError) return refused(`cannot read the pattern: ${error.message}`)
    throw error
  }
}

/** The text with all matches replaced, within the section that `after` and `before` mark. */
export function replaceAll(text: string, params: ReplaceParams, inFile: (part: string) => string): string {
  const place = sectionOf(text, params)
  if (!place) return text
  const [start, end] = place
  const regex = pythonRegex(inFile(params.regexp), { multiline: true, global: true })
  const section = text.slice(start, end)
  const edited = [...section.matchAll(regex)].reduceRight((rest, match) => {
    const replacement = expandTemplate(inFile(params.replace), match)
    return rest.slice(0, match.index) + replacement + rest.slice(match.index + match[0].length)
  }, section)
  return text.slice(0, start) + edited + text.slice(end)
}

/** Undefined: the marks are not there. */
function sectionOf(text: string, { after, before }: ReplaceParams): readonly [number, number] | undefined {
  if (after === undefined && before === undefined) return [0, text.length]
  const pattern =
    after === undefined
      ? `(?s)(?P<subsection>.*)${String(before)}`
      : before === undefined
        ? `(?s)${after}(?P<subsection>.*)`
        : `(?s)${after}(?P<subsection>.*?)${before}`
  const match = pythonRegex(pattern).exec(text)
  const section = match?.groups?.['subsection']
  if (!match || section === undefined) return undefined
  const start = match.index + match[0].indexOf(section, after === undefined ? 0 : offsetOf(match[0], after))
  return [start, start + section.length]
}

/** Where the section begins behind the text that `after` matched. */
function offsetOf(whole: string, after: string): number {
  return pythonRegex(`(?s)${after}`).exec(whole)?.[0].length ?? 0
}
