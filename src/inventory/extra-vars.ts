import type { Problem } from '../kernel/problems.ts'
import { isVaultText } from '../vault/envelope.ts'
import type { VaultOpener } from '../vault/opener.ts'
import { parseLocatedYaml } from '../yaml/located-yaml.ts'
import { isMapping } from './inventory-draft.ts'
import { parseKeyValues } from './key-value-words.ts'
import { sealWhole } from './seal-whole.ts'
import type { Vars } from './types.ts'

export type ExtraVarsResult = { readonly vars: Vars } | { readonly problems: readonly Problem[] }

/** Reads one `-e`: `{...}` or `[` as JSON or YAML, else `k=v k2='v 2'` whose values are texts, as Ansible's are. */
export function parseExtraVars(text: string, vault: VaultOpener): ExtraVarsResult {
  const trimmed = text.trim()
  if (/^[{[]/.test(trimmed)) return parseVarsText(trimmed, '-e', vault)
  if (/^[./]/.test(trimmed)) return refuse(`-e "${text}"`, 'a file is given as -e @FILE')
  const words = parseKeyValues(text)
  return 'fault' in words ? refuse(`-e "${text}"`, words.fault) : { vars: Object.fromEntries(words.pairs) }
}

/** Reads a file of variables (YAML or JSON), also one that is encrypted as a whole. */
export function parseVarsText(text: string, file: string, vault: VaultOpener): ExtraVarsResult {
  const isSealed = isVaultText(text)
  const yaml = parseLocatedYaml(isSealed ? vault.open(text, `${file}:1`) : text, file, vault.seal)
  if ('problems' in yaml) return yaml
  const { value } = yaml.root
  if (value === null || value === undefined) return { vars: {} }
  if (!isMapping(value)) return refuse(`${file}:1`, 'must be a mapping of variables (name: value)')
  return { vars: isSealed ? sealWhole(value, vault) : value }
}

function refuse(where: string, message: string): { readonly problems: readonly Problem[] } {
  return { problems: [{ where, message }] }
}
