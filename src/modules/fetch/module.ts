import { basename, join, resolve } from 'node:path'
import { quoteWord } from '../../kernel/shell.ts'
import { pathKey } from '../../plan/resources.ts'
import type { PathState, TaskPlan } from '../../plan/types.ts'
import { noChange, refused } from '../no-change.ts'
import { ObservationError, stateIn, textIn } from '../observation.ts'
import { defineModule, type ModuleContext } from '../types.ts'

interface FetchParams {
  readonly src: string
  readonly dest: string
  readonly flat: boolean
  readonly fail_on_missing: boolean
  readonly validate_checksum: boolean
}

interface FetchObserved {
  readonly src: PathState
  /** Of a regular file. */
  readonly sha1: string | null
}

export const fetchModule = defineModule<FetchParams, FetchObserved>({
  name: 'fetch',
  summary: 'takes a file of the host to this machine',
  schema: {
    params: {
      src: { type: 'path', required: true, about: 'file on the host; links are followed' },
      dest: {
        type: 'text',
        required: true,
        about: "folder here, from the playbook's; the file lies in it as HOST/PATH",
      },
      flat: {
        type: 'flag',
        default: false,
        about: 'dest is the file itself or, with a slash at its end, the folder of it',
      },
      fail_on_missing: { type: 'flag', default: true },
      validate_checksum: { type: 'flag', default: true, about: 'the bytes must be those that were seen' },
    },
  },
  questions: ({ src }) => ({
    src: { ask: 'stat', path: src, follow: true },
    sum: {
      ask: 'sh',
      script: `[ ! -f ${quoteWord(src)} ] || sha1sum <${quoteWord(src)} 2>&1`,
      reads: [pathKey(src)],
    },
  }),
  observe: (answers) => {
    const src = stateIn(answers['src'])
    const { text, exitCode } = textIn(answers['sum'])
    if (exitCode !== 0)
      throw new ObservationError(`cannot read it: ${text.trim().replace(/^.*: /, '')}`, {
        hint: 'run the task with `become: true`',
      })
    return { src, sha1: /^[0-9a-f]{40}/.exec(text)?.[0] ?? null }
  },
  plan: planFetch,
})

function planFetch(params: FetchParams, { src, sha1 }: FetchObserved, context: ModuleContext): TaskPlan {
  const missing = missingText(params.src, src)
  if (missing !== undefined) {
    if (params.fail_on_missing) return refused(missing, 'set fail_on_missing: false where that is no fault')
    return noChange(`${missing}, not fetched`, { file: params.src })
  }
  const file = destinationOf(params, context)
  if (!params.flat && !file.startsWith(join(resolve(context.playFolder, params.dest), context.host, '/')))
    return refused(`${params.src} leads out of ${params.dest}`, 'write src without ..')
  if (context.content.isDirectory(file))
    return refused(`${file} is a folder here`, 'end dest with a slash to have the file put into it')
  const result = { dest: file, file: params.src, checksum: sha1, remote_checksum: sha1 }
  if (sha1 === null) return refused(`${params.src} could not be read`)
  if (context.content.exists(file) && context.content.sha1(file) === sha1)
    return noChange(`${file} is as on the host`, result)
  return {
    actions: [{ do: 'download', path: params.src, file, ...(params.validate_checksum ? { sha1 } : {}) }],
    changed: true,
    message: `fetch ${params.src} to ${file}`,
    // Of no host: that a check does not know what comes after it.
    touches: [`local:${file}`],
    result,
  }
}

function missingText(path: string, state: PathState): string | undefined {
  if (state.kind === 'absent' || state.kind === 'link') return `${path} does not exist on the host`
  if (state.kind === 'directory') return `${path} is a folder: fetch takes one file`
  return state.kind === 'file' ? undefined : `${path} is not a regular file`
}

function destinationOf({ src, dest, flat }: FetchParams, context: ModuleContext): string {
  const place = resolve(context.playFolder, dest)
  if (!flat) return join(place, context.host, src)
  return dest.endsWith('/') ? join(place, basename(src)) : place
}
