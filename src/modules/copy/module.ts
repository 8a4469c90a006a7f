import { refused } from '../no-change.ts'
import { ownershipParams, type Ownership } from '../ownership.ts'
import { defineModule, type ModuleContext } from '../types.ts'
import { inlineLimit, planWantedFile, wantedText, type FileSeen, type WantedFile } from './plan.ts'
import { fileQuestions, observeFile } from './probe.ts'

interface CopyParams extends Ownership {
  readonly src?: string
  readonly content?: unknown
  readonly dest: string
  readonly force: boolean
}

export const copyModule = defineModule<CopyParams, FileSeen>({
  name: 'copy',
  summary: "puts a file of the role's files/, or a text, on the host",
  schema: {
    params: {
      src: { type: 'text', about: 'file below files/ of the role, or an absolute path here' },
      content: { type: 'any', about: 'the text itself; a map or a list is written as JSON' },
      dest: {
        type: 'path',
        required: true,
        about: 'path of the file; with a final / the folder that takes src',
      },
      force: { type: 'flag', default: true, about: 'false: leave an existing file alone' },
      ...ownershipParams,
    },
    oneOf: [['src', 'content']],
    exclusive: [['src', 'content']],
  },
  questions: (params, context) => fileQuestions(destOf(params), context.diff),
  observe: observeFile,
  plan: (params, observed, context) => {
    const wanted = wantedOf(params, context)
    return wanted === undefined
      ? refused(
          `${String(params.src)} is a folder; copy takes one file`,
          'use unarchive, or copy with a loop',
        )
      : planWantedFile(wanted, observed)
  },
})

function destOf(params: CopyParams): string {
  if (!params.dest.endsWith('/') || params.src === undefined) return params.dest
  return params.dest + params.src.slice(params.src.lastIndexOf('/') + 1)
}

function wantedOf(params: CopyParams, context: ModuleContext): WantedFile | undefined {
  const { owner, group, mode, force } = params
  const rest = {
    dest: destOf(params),
    force,
    ...(owner === undefined ? {} : { owner }),
    ...(group === undefined ? {} : { group }),
    ...(mode === undefined ? {} : { mode }),
  }
  if (params.src === undefined) {
    const text = typeof params.content === 'string' ? params.content : JSON.stringify(params.content)
    return { ...rest, ...wantedText(text) }
  }
  const file = context.find('files', params.src)
  if (context.content.isDirectory(file)) return undefined
  return context.content.size(file) > inlineLimit
    ? { ...rest, file, sha256: context.content.sha256(file) }
    : { ...rest, ...wantedText(context.content.read(file)) }
}
