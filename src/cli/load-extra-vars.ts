import { readFile } from 'node:fs/promises'
import { splitWords } from '../inventory/shell-words.ts'
import type { Vars } from '../inventory/types.ts'
import { ConfigError, messageOf, UsageError } from '../kernel/errors.ts'

/**
 * Values of -e, later ones stronger: `name=value name2='two words'` (texts), a mapping in JSON or YAML, or `@FILE` with
 * one. Throws UsageError, or ConfigError for a file.
 */
export async function loadExtraVars(texts: readonly string[]): Promise<Vars> {
  const layers: Vars[] = []
  for (const text of texts) layers.push(await parseExtraVars(text))
  return Object.assign({}, ...layers) as Vars
}

async function parseExtraVars(text: string): Promise<Vars> {
  if (text.startsWith('@')) return readVarsFile(text.slice(1))
  if (text.trimStart().startsWith('{')) return parseMapping(text, `-e ${text}`)
  return parsePairs(text)
}

function parsePairs(text: string): Vars {
  const split = splitWords(text, { comments: false })
  if ('fault' in split) throw new UsageError(`-e ${text}: ${split.fault}`)
  const pairs = split.words.map((word): readonly [string, string] => {
    const found = /^([A-Za-z_]\w*)=(.*)$/s.exec(word)
    if (found) return [found[1] ?? '', found[2] ?? '']
    throw new UsageError(`-e ${text}: "${word}" is not name=value`, {
      hint: 'give name=value, a mapping in JSON, or @FILE',
    })
  })
  return Object.fromEntries(pairs)
}

async function readVarsFile(file: string): Promise<Vars> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ConfigError(`-e @${file} cannot be read: ${messageOf(cause)}`, [], { cause })
  })
  return parseMapping(text, file)
}

async function parseMapping(text: string, where: string): Promise<Vars> {
  const { parseDocument } = await import('yaml')
  const document = parseDocument(text)
  const problems = document.errors.map((error) => ({ where, message: error.message.split('\n')[0] ?? '' }))
  if (problems.length > 0) throw new ConfigError(`${where} cannot be parsed:`, problems)
  const value: unknown = document.toJS()
  if (value === null || value === undefined) return {}
  if (typeof value !== 'object' || Array.isArray(value)) throw new ConfigError(`${where} must hold a mapping`)
  return value as Vars
}
