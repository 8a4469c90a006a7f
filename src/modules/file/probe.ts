import { quoteArgv, quoteWord } from '../../kernel/shell.ts'
import type { FileParams } from './plan.ts'

export function linkTargetScript(path: string): string {
  return `readlink -- ${quoteWord(path)} || :`
}

/** Prints the first path below whose owner, group or mode differs; prints nothing when all are as wanted. */
export function recurseScript(params: FileParams): string {
  const tests: string[][] = []
  if (params.owner !== undefined) tests.push(['!', '-user', params.owner])
  if (params.group !== undefined) tests.push(['!', '-group', params.group])
  if (params.mode !== undefined) tests.push(['(', '!', '-type', 'l', '!', '-perm', params.mode, ')'])
  if (tests.length === 0) return ':'
  const either = tests.flatMap((test, index) => (index === 0 ? test : ['-o', ...test]))
  return `${quoteArgv(['find', params.path, '(', ...either, ')', '-print'])} 2>/dev/null | head -n 1`
}
