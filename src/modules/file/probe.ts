import { dirname, join } from 'node:path'
import { quoteArgv, quoteWord } from '../../kernel/shell.ts'
import { treeKey } from '../../plan/resources.ts'
import type { Question } from '../../plan/types.ts'
import type { Questions } from '../types.ts'
import type { FileParams } from './types.ts'

/** Cheap where nothing is special: two questions that one process each answers for all tasks of a window. */
export function fileQuestions(params: FileParams): Questions {
  const { path, state, src } = params
  const asks: Record<string, Question> = { path: { ask: 'stat', path } }
  if (params.follow && state !== 'absent') asks['real'] = { ask: 'stat', path, follow: true }
  if (src !== undefined || state === 'link')
    asks['target'] = shell(path, `[ ! -L ${quoteWord(path)} ] || readlink -- ${quoteWord(path)}`)
  if (src !== undefined) asks['source'] = { ask: 'stat', path: sourcePath(params, src), follow: true }
  if (state === 'hard' && src !== undefined) {
    const same = `[ ${quoteWord(path)} -ef ${quoteWord(sourcePath(params, src))} ] && echo same || :`
    asks['same'] = shell(path, same)
  }
  if (params.recurse) asks['below'] = { ask: 'sh', script: recurseScript(params), reads: [treeKey(path)] }
  if (asksTimes(params)) asks['times'] = shell(path, timesScript(path))
  return asks
}

function shell(path: string, script: string): Question {
  return { ask: 'sh', script, reads: [`path:${path}`] }
}

/** A symbolic link's relative text starts at its own folder. */
function sourcePath({ path, state }: FileParams, src: string): string {
  return src.startsWith('/') || state === 'hard' ? src : join(dirname(path), src)
}

export function asksTimes({ access_time: access, modification_time: modification }: FileParams): boolean {
  return [access, modification].some((time) => time !== undefined && time !== 'preserve' && time !== 'now')
}

function timesScript(path: string): string {
  return `for km_t in $(stat -L -c '%X %Y' -- ${quoteWord(path)} 2>/dev/null); do date -d "@$km_t" +%Y%m%d%H%M.%S; done`
}

/**
 * Prints a line when something has another owner, group or mode, and nothing when all is as wanted. Errors (an unknown
 * user) count as a difference: the change then says what is wrong.
 */
function recurseScript(params: FileParams): string {
  if (params.mode !== undefined && !/^[0-7]{4}$/.test(params.mode)) return listScript(params.path)
  const tests: string[][] = []
  if (params.owner !== undefined) tests.push(['!', '-user', params.owner])
  if (params.group !== undefined) tests.push(['!', '-group', params.group])
  if (params.mode !== undefined) tests.push(['(', '!', '-type', 'l', '!', '-perm', params.mode, ')'])
  if (tests.length === 0) return ':'
  const either = tests.flatMap((test, index) => (index === 0 ? test : ['-o', ...test]))
  return `[ ! -d ${quoteWord(params.path)} ] || ${quoteArgv(['find', params.path, '(', ...either, ')', '-print'])} 2>&1 | head -n 1`
}

/** What a symbolic mode makes of each path is computed here: each one's type, mode and owners, once for equal ones. */
function listScript(path: string): string {
  return `[ ! -d ${quoteWord(path)} ] || find ${quoteWord(path)} ! -type l -exec stat -c '%f %u %g %U %G' {} + | sort -u`
}
