import { readFile } from 'node:fs/promises'
import { ConfigError, messageOf } from '../kernel/errors.ts'
import { parseExtraVars, parseVarsText, type ExtraVarsResult } from './extra-vars.ts'
import type { Vars } from './types.ts'

/** All `-e` of a command line, merged in their order. Throws ConfigError with every fault. */
export async function loadExtraVars(texts: readonly string[]): Promise<Vars> {
  const results = await Promise.all(texts.map(loadOne))
  const faults = results.flatMap((result) =>
    'fault' in result ? [{ where: 'extra variables', message: result.fault }] : [],
  )
  if (faults.length > 0) throw new ConfigError('the extra variables cannot be read:', faults)
  return Object.assign({}, ...results.map((result) => ('vars' in result ? result.vars : {}))) as Vars
}

async function loadOne(text: string): Promise<ExtraVarsResult> {
  if (!text.startsWith('@')) return parseExtraVars(text)
  const file = text.slice(1)
  try {
    return parseVarsText(await readFile(file, 'utf8'), file)
  } catch (error) {
    return { fault: `${file}: cannot be read: ${messageOf(error)}` }
  }
}
