import { isMapping } from './inventory-draft.ts'
import { splitWords } from './shell-words.ts'
import type { Vars } from './types.ts'
import { parseYamlFile } from './yaml-values.ts'

export type ExtraVarsResult = { readonly vars: Vars } | { readonly fault: string }

/** Reads one `-e`: `{...}` or `[` as JSON or YAML, else `k=v k2='v 2'` whose values are texts, as Ansible's are. */
export function parseExtraVars(text: string): ExtraVarsResult {
  const trimmed = text.trim()
  if (/^[{[]/.test(trimmed)) return parseVarsText(trimmed, '-e')
  const split = splitWords(trimmed, { comments: false })
  if ('fault' in split) return { fault: `-e "${text}": ${split.fault.toLowerCase()}` }
  const vars: Record<string, unknown> = {}
  for (const word of split.words) {
    const equals = word.indexOf('=')
    if (equals <= 0) return { fault: `-e "${text}": expected key=value, got "${word}"` }
    vars[word.slice(0, equals)] = word.slice(equals + 1)
  }
  return { vars }
}

/** Reads the text of an `-e @file` (YAML or JSON). */
export function parseVarsText(text: string, file: string): ExtraVarsResult {
  const yaml = parseYamlFile(text, file)
  const [problem] = yaml.problems
  if (problem) return { fault: `${problem.where}: ${problem.message}` }
  if (yaml.value === null) return { vars: {} }
  return isMapping(yaml.value)
    ? { vars: yaml.value }
    : { fault: `${file}: must be a mapping of variables (name: value)` }
}
