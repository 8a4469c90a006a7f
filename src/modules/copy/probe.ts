import { quoteWord } from '../../kernel/shell.ts'
import { realPathCommand } from '../../plan/real-path.ts'
import { pathKey } from '../../plan/resources.ts'
import { hashIn, stateIn, textIn } from '../observation.ts'
import type { Answers, Questions } from '../types.ts'
import { destFor, type FileSeen } from './plan.ts'

/** Bytes; longer texts are not fetched for --diff. */
const largestShown = 128 * 1024

/** What was seen of dest, or of the file in it when it is a folder. */
export interface DestSeen extends FileSeen {
  readonly isFolder?: boolean
  /** The folder of the file is missing. */
  readonly noFolder?: boolean
}

interface DestParams {
  readonly dest: string
  readonly follow: boolean
}

/** `name`: the file's own name, which counts when dest is a folder; without it dest must be the file. */
export function destQuestions(params: DestParams, name: string | undefined, diff: boolean): Questions {
  const { dest } = params
  const inside = name === undefined ? undefined : destFor(dest, name, true)
  const stem = dest.endsWith('/') && inside !== undefined ? undefined : dest
  return {
    dest: { ask: 'stat', path: dest, follow: true },
    ...(stem === undefined ? {} : { path: { ask: 'stat', path: stem }, hash: { ask: 'hash', path: stem } }),
    ...(inside === undefined
      ? {}
      : { inPath: { ask: 'stat', path: inside }, inHash: { ask: 'hash', path: inside } }),
    ...(diff
      ? { content: { ask: 'sh', script: contentScript(dest, inside), reads: readsOf(dest, inside) } }
      : {}),
    ...(params.follow
      ? { real: { ask: 'sh', script: realScript(dest, inside), reads: readsOf(dest, inside) } }
      : {}),
  }
}

function readsOf(dest: string, inside: string | undefined): readonly string[] {
  return [dest, ...(inside === undefined ? [] : [inside])].map(pathKey)
}

function choose(dest: string, inside: string | undefined): string {
  return `km_f=${quoteWord(dest)}${inside === undefined ? '' : `; [ ! -d "$km_f" ] || km_f=${quoteWord(inside)}`}`
}

/** Base64, so that any bytes come through. Changes nothing when the file is missing. */
function contentScript(dest: string, inside: string | undefined): string {
  return `${choose(dest, inside)}; [ ! -f "$km_f" ] || head -c ${largestShown} -- "$km_f" | base64`
}

function realScript(dest: string, inside: string | undefined): string {
  return `${choose(dest, inside)}; [ ! -L "$km_f" ] || ${realPathCommand('"$km_f"')}`
}

export function observeDest(answers: Answers): DestSeen {
  const dest = stateIn(answers['dest'])
  const isFolder = 'inPath' in answers && (dest.kind === 'directory' || !('path' in answers))
  const path = stateIn(answers[isFolder ? 'inPath' : 'path'])
  const content = answers['content']
  const real = 'real' in answers ? textIn(answers['real']).text.replace(/\n$/, '') : ''
  return {
    path,
    // Asked of a directory or a missing file, sha256sum says nothing that counts.
    sha256:
      path.kind === 'file' || path.kind === 'link' ? hashIn(answers[isFolder ? 'inHash' : 'hash']) : null,
    ...(isFolder ? { isFolder: true } : {}),
    ...(isFolder && dest.kind === 'absent' ? { noFolder: true } : {}),
    ...(content?.ask === 'text' ? { content: Buffer.from(content.text, 'base64').toString('utf8') } : {}),
    ...(real === '' ? {} : { real }),
  }
}
