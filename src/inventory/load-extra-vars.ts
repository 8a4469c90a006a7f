import { ConfigError } from '../kernel/errors.ts'
import type { Problem } from '../kernel/problems.ts'
import { vaultOpener, type VaultOpener } from '../vault/opener.ts'
import { parseExtraVars, parseVarsText, type ExtraVarsResult } from './extra-vars.ts'
import { loadText } from './load-text.ts'
import { mergeVars } from './merge-vars.ts'
import type { Vars } from './types.ts'

/** All `-e` of a command line, merged in their order. Throws ConfigError with every fault. */
export async function loadExtraVars(
  texts: readonly string[],
  vault: VaultOpener = vaultOpener([]),
): Promise<Vars> {
  const results = await Promise.all(texts.map((text) => loadOne(text, vault)))
  const problems: Problem[] = results.flatMap((result) => ('problems' in result ? result.problems : []))
  if (vault.hasPasswords) problems.push(...(await vault.openSealed()))
  if (problems.length > 0) throw new ConfigError('the extra variables cannot be read:', problems)
  return mergeVars(results.map((result) => ('vars' in result ? result.vars : {})))
}

async function loadOne(text: string, vault: VaultOpener): Promise<ExtraVarsResult> {
  try {
    if (!text.startsWith('@')) return parseExtraVars(text, vault)
    const file = text.slice(1)
    const read = await loadText(file)
    return 'problem' in read ? { problems: [read.problem] } : parseVarsText(read.text, file, vault)
  } catch (error) {
    if (error instanceof ConfigError) return { problems: error.problems }
    throw error
  }
}
