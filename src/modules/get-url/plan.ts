import { quoteWord } from '../../kernel/shell.ts'
import { pathKey } from '../../plan/resources.ts'
import type { PathState, TaskPlan } from '../../plan/types.ts'
import { fetchScript, type HttpRequest } from '../http-request.ts'
import { resolveMode } from '../mode.ts'
import { noChange, refused } from '../no-change.ts'
import { ownershipActions, ownershipChanges, stateResult, type Ownership } from '../ownership.ts'
import { checksumIn, isKnown, readChecksum, type Checksum } from './checksum.ts'

export interface GetUrlParams extends HttpRequest, Ownership {
  readonly dest: string
  readonly force: boolean
  readonly checksum: string
  readonly backup: boolean
}

export interface GetUrlObserved {
  /** dest is a folder: the file inside of it is meant. */
  readonly isFolder: boolean
  readonly path: PathState
  /** Of the present file, by the algorithm of the checksum. */
  readonly hash: string | null
  /** The list that the checksum's URL gave, empty when it gave none. */
  readonly sums?: string
  /** With force and no checksum: `exit CODE` and the hash of what the server has now. */
  readonly remote?: string
}

/** The name of the file is told by the URL; whether dest is a folder is asked. */
export function insideOf(params: Pick<GetUrlParams, 'dest' | 'url'>): string {
  const path = params.url.replace(/[?#].*$/, '').replace(/^[a-z]+:\/\/[^/]*/i, '')
  const name = decodeURIComponent(path.slice(path.lastIndexOf('/') + 1))
  return `${params.dest.replace(/\/+$/, '')}/${name === '' ? 'index.html' : name}`
}

/** Downloads what is missing, has another checksum, or (with force) differs from what the server has. */
export function planDownload(params: GetUrlParams, observed: GetUrlObserved): TaskPlan {
  const file = observed.isFolder ? insideOf(params) : params.dest
  const { path } = observed
  if (params.dest.endsWith('/') && !observed.isFolder)
    return refused(`the folder ${params.dest} does not exist`)
  if (path.kind === 'directory' || path.kind === 'other') return refused(`${file} is not a regular file`)
  const checksum = readChecksum(params.checksum)
  if (checksum && !isKnown(checksum)) {
    return refused(
      `cannot read the checksum ${params.checksum}`,
      'write "sha256:" and its hex digits, or the URL of a list',
    )
  }
  const wanted = checksum?.hex ?? wantedFrom(params, observed, checksum)
  if (checksum && wanted === undefined) {
    return refused(`${String(checksum.from)} names no ${checksum.algorithm} of ${nameIn(params.url)}`)
  }
  if (path.kind !== 'absent' && holds(params, observed, wanted)) return planAttributes(params, file, path)
  if (observed.remote !== undefined && !observed.remote.includes('exit 0'))
    return refused(failureIn(params, observed.remote))
  return download(params, file, { path, sum: checksum && wanted ? { ...checksum, hex: wanted } : undefined })
}

function nameIn(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1)
}

function wantedFrom(
  params: GetUrlParams,
  observed: GetUrlObserved,
  checksum: Checksum | undefined,
): string | undefined {
  return checksum && checksumIn(observed.sums ?? '', nameIn(params.url), checksum.algorithm)
}

/** Without force an existing file is left alone, unless a checksum says that it is not the wanted one. */
function holds(params: GetUrlParams, observed: GetUrlObserved, wanted: string | undefined): boolean {
  if (wanted !== undefined) return observed.hash === wanted
  if (!params.force) return true
  return /^([0-9a-f]{64}) /m.exec(observed.remote ?? '')?.[1] === observed.hash
}

function failureIn(params: GetUrlParams, text: string): string {
  const lines = text.split('\n').filter((line) => line !== '' && !/^(exit \d+$|[0-9a-f]{64} )/.test(line))
  return `cannot download ${params.url}: ${lines.at(-1) ?? 'no answer'}`
}

function planAttributes(params: GetUrlParams, file: string, state: PathState): TaskPlan {
  const changes = ownershipChanges(state, params)
  const result = { dest: file, url: params.url, ...stateResult(state, params) }
  if (changes.length === 0) return noChange(`${file} is as wanted`, result)
  return {
    actions: ownershipActions(file, state, params),
    changed: true,
    message: `${file}: ${changes.join(', ')}`,
    touches: [pathKey(file)],
    result,
  }
}

function download(
  params: GetUrlParams,
  file: string,
  about: { readonly path: PathState; readonly sum: Checksum | undefined },
): TaskPlan {
  const { path, sum } = about
  const now = path.kind === 'absent' ? '0644' : path.mode
  const mode = params.mode === undefined ? '' : resolveMode(params.mode, now, false)
  const words = [file, mode, params.owner ?? '', params.group ?? '', params.backup ? '1' : '', '']
  const script = [
    `km_temp ${quoteWord(file)} || return 1`,
    `{ ${fetchScript(params)}\n} >"$km_t" || { rm -f -- "$km_t"; echo ${quoteWord(`cannot download ${params.url}`)} >&2; return 1; }`,
    ...(sum ? [checkScript(params.url, sum)] : []),
    `km_place "$km_t" ${words.map((word) => (word === '' ? "''" : quoteWord(word))).join(' ')}`,
  ]
  return {
    actions: [{ do: 'script', script: script.join('\n') }],
    changed: true,
    message: `download ${params.url} to ${file}`,
    touches: [pathKey(file), pathKey(params.dest)],
    result: {
      dest: file,
      url: params.url,
      state: 'file',
      ...(sum?.hex === undefined ? {} : { checksum_dest: sum.hex }),
    },
  }
}

function checkScript(url: string, sum: Checksum): string {
  return [
    `km_sum=$(${sum.algorithm}sum <"$km_t"); km_sum=\${km_sum%% *}`,
    `[ "$km_sum" = ${quoteWord(sum.hex ?? '')} ] || {`,
    '  rm -f -- "$km_t"',
    `  echo ${quoteWord(`${url} has another ${sum.algorithm} than the wanted ${sum.hex}:`)}" $km_sum" >&2; return 1`,
    '}',
  ].join('\n')
}
