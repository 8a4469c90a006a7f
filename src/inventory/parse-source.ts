import { basename, extname } from 'node:path'
import { parseLocatedYaml, type Seal } from '../yaml/located-yaml.ts'
import { newDraft, type InventoryDraft } from './inventory-draft.ts'
import { parseIni } from './parse-ini.ts'
import { addYamlGroups } from './parse-yaml.ts'

export interface SourceOptions {
  readonly draft: InventoryDraft
  readonly seal?: Seal
}

/**
 * Adds the text of one inventory file to the draft. Like Ansible it tries YAML and then INI, whatever the file is called;
 * where neither reads it, the faults are those of the format that the file looks like.
 */
export function parseSource(text: string, file: string, { draft, seal }: SourceOptions): void {
  if (text.startsWith('#!')) {
    const message =
      'is a script; inventory scripts are not run: write its output to a file with ansible-inventory --list --export --yaml'
    draft.problems.push({ where: file, message })
    return
  }
  if (!isLikeYaml(text, file)) {
    parseIni(text, file, draft)
    return
  }
  const yaml = parseLocatedYaml(text, file, seal)
  if ('root' in yaml && yaml.root.isMap) addYamlGroups(yaml.root, draft)
  else if (isIni(text, file)) parseIni(text, file, draft)
  else if ('problems' in yaml) draft.problems.push(...yaml.problems)
  else
    draft.problems.push({ where: `${file}:1`, message: 'an inventory in YAML must be a mapping of groups' })
}

/** By its name, or by its first line that counts: `---`, `{` or `name:`. */
function isLikeYaml(text: string, file: string): boolean {
  const ending = extname(basename(file))
  if (['.yml', '.yaml', '.json'].includes(ending)) return true
  const first = /^(?:[^\S\n]*(?:#[^\n]*)?\n)*([^\n]*)/.exec(text)?.[1] ?? ''
  return ending === '' && /^(?:---|%YAML|\{|\?\s|(?:"[^"]*"|'[^']*'|[^\s:=[\]"']+)\s*:(?:\s|$))/.test(first)
}

/** Tried on a draft of its own, so that a file of another format leaves nothing behind. */
function isIni(text: string, file: string): boolean {
  const draft = newDraft()
  parseIni(text, file, draft)
  return draft.problems.length === 0
}
