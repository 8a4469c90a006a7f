import { quoteWord } from '../../kernel/shell.ts'
import { hashIn, stateIn } from '../observation.ts'
import type { Answers, Questions } from '../types.ts'
import type { FileSeen } from './plan.ts'

/** Bytes; longer texts are not fetched for --diff. */
const largestShown = 128 * 1024

export function fileQuestions(dest: string, diff: boolean): Questions {
  return {
    path: { ask: 'stat', path: dest },
    hash: { ask: 'hash', path: dest },
    ...(diff ? { content: { ask: 'sh', script: contentScript(dest) } as const } : {}),
  }
}

/** Base64, so that any bytes come through. Changes nothing when the file is missing. */
function contentScript(path: string): string {
  return `[ -f ${quoteWord(path)} ] && head -c ${largestShown} -- ${quoteWord(path)} | base64`
}

export function observeFile(answers: Answers): FileSeen {
  const path = stateIn(answers['path'])
  const content = answers['content']
  return {
    path,
    // Asked of a directory or a missing file, sha256sum says nothing that counts.
    sha256: path.kind === 'file' || path.kind === 'link' ? hashIn(answers['hash']) : null,
    ...(content?.ask === 'text' ? { content: Buffer.from(content.text, 'base64').toString('utf8') } : {}),
  }
}
