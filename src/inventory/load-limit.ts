import { readFile } from 'node:fs/promises'
import { ConfigError, messageOf } from '../kernel/errors.ts'
import { splitPattern } from './patterns.ts'

/** The single patterns of a `--limit`; `@file` stands for the lines of a file (one pattern each, as a retry file has them). */
export async function loadLimit(limit: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const part of splitPattern(limit)) {
    if (part.startsWith('@')) found.push(...(await linesOf(part.slice(1))))
    else found.push(part)
  }
  return found
}

async function linesOf(file: string): Promise<readonly string[]> {
  try {
    return (await readFile(file, 'utf8'))
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#'))
  } catch (error) {
    throw new ConfigError(`cannot read the limit file ${file}: ${messageOf(error)}`, [], { cause: error })
  }
}
