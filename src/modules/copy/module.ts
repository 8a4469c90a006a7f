import type { TaskPlan } from '../../plan/types.ts'
import { noChange, refused } from '../no-change.ts'
import { hashIn, stateIn } from '../observation.ts'
import { ownershipParams, unsupportedOwnership } from '../ownership.ts'
import { backupResult } from '../text-file.ts'
import { defineModule, type Answers, type ModuleContext, type Questions } from '../types.ts'
import { destFor, planWantedFile, wantedText, type FileSeen } from './plan.ts'
import { destQuestions, observeDest, type DestSeen } from './probe.ts'
import { observeTree, planTree, treeQuestions, type TreeSeen } from './tree.ts'
import type { CopyParams } from './types.ts'
import { placingOf, wantedLocal } from './wanted.ts'

interface CopyObserved extends DestSeen {
  /** With remote_src: the source on the host. */
  readonly source?: FileSeen
  /** Of a folder: its paths. */
  readonly tree?: TreeSeen
}

export const copyModule = defineModule<CopyParams, CopyObserved>({
  name: 'copy',
  summary: "puts a file or a folder of the role's files/, or a text, on the host",
  schema: {
    params: {
      src: {
        type: 'text',
        about: 'below files/ of the role, or absolute here; of a folder `x/` its contents, of `x` the folder',
      },
      content: { type: 'any', about: 'the text itself; a map or a list is written as JSON' },
      dest: {
        type: 'path',
        required: true,
        about: 'path of the file; with a final / the folder that takes src',
      },
      force: { type: 'flag', default: true, about: 'false: leave an existing file alone' },
      backup: { type: 'flag', default: false, about: 'keep the old file beside it' },
      validate: {
        type: 'text',
        about: 'program that must accept the new file (`%s`) before it takes its place',
      },
      remote_src: { type: 'flag', default: false, about: 'src is a file on the host' },
      follow: {
        type: 'flag',
        default: false,
        about: 'write to what a link at dest leads to, in the place of the link',
      },
      local_follow: { type: 'flag', default: true, about: 'copy what links in src lead to' },
      directory_mode: { type: 'mode', about: 'of folders that are made' },
      checksum: { type: 'text', about: 'SHA-1 that src must have' },
      ...ownershipParams,
      mode: {
        ...ownershipParams.mode,
        words: ['preserve'],
        about: 'as for file, or `preserve`: that of src',
      },
    },
    oneOf: [['src', 'content']],
    exclusive: [['src', 'content']],
    unsupported: {
      ...unsupportedOwnership,
      decrypt: 'files that Ansible Vault has encrypted are not decrypted by copy',
    },
  },
  questions: questionsFor,
  observe,
  plan: planCopy,
  result: (_params, output) => backupResult(output.stdout),
})

/** The local path of src, when it is a folder. */
function localFolder(params: CopyParams, context: ModuleContext): string | undefined {
  if (params.src === undefined || params.remote_src) return undefined
  const path = context.find('files', params.src)
  return context.content.isDirectory(path) ? path : undefined
}

function questionsFor(params: CopyParams, context: ModuleContext): Questions {
  const folder = localFolder(params, context)
  if (folder !== undefined) return treeQuestions(params, folder, context)
  const asks = destQuestions(params, params.src, context.diff)
  if (!params.remote_src || params.src === undefined) return asks
  return {
    ...asks,
    source: { ask: 'stat', path: params.src, follow: true },
    sourceHash: { ask: 'hash', path: params.src },
  }
}

function observe(answers: Answers): CopyObserved {
  if ('stat .' in answers) {
    const tree = observeTree(answers)
    return { path: tree['.']?.path ?? { kind: 'absent' }, sha256: null, tree }
  }
  const seen = observeDest(answers)
  if (!('source' in answers)) return seen
  const path = stateIn(answers['source'])
  return { ...seen, source: { path, sha256: path.kind === 'file' ? hashIn(answers['sourceHash']) : null } }
}

function planCopy(params: CopyParams, observed: CopyObserved, context: ModuleContext): TaskPlan {
  const folder = localFolder(params, context)
  if (folder !== undefined) return planTree(params, observed.tree ?? {}, folder, context)
  if (params.remote_src) return planRemote(params, observed)
  const dest =
    params.src === undefined ? params.dest : destFor(params.dest, params.src, observed.isFolder === true)
  const folderIs = observed.noFolder ? { makesFolder: true } : {}
  if (params.src === undefined) {
    if (params.dest.endsWith('/'))
      return refused(`${params.dest} names a folder, content needs the path of a file`)
    const text = typeof params.content === 'string' ? params.content : JSON.stringify(params.content)
    return planWantedFile({ ...placingOf(params), ...wantedText(text) }, observed)
  }
  const file = context.find('files', params.src)
  if (params.checksum !== undefined && context.content.sha1(file) !== params.checksum.toLowerCase()) {
    return refused(`${params.src} has another SHA-1 than the wanted ${params.checksum}`)
  }
  const plan = planWantedFile({ ...wantedLocal({ ...params, dest }, file, context), ...folderIs }, observed)
  return { ...plan, ...(plan.result ? { result: { ...plan.result, src: file } } : {}) }
}

function planRemote(params: CopyParams, observed: CopyObserved): TaskPlan {
  const src = params.src as string
  const { source } = observed
  if (!src.startsWith('/')) return refused(`${src} must be an absolute path with remote_src`)
  if (source?.path.kind === 'directory') {
    return refused(`${src} is a folder; with remote_src copy takes one file`, 'use command: cp -a')
  }
  if (source?.path.kind !== 'file' || source.sha256 === null)
    return refused(`${src} does not exist on the host`)
  const dest = destFor(params.dest, src, observed.isFolder === true)
  if (dest === src) return noChange(`${src} is the file itself`, { dest, src })
  return planWantedFile(
    {
      ...placingOf(params),
      ...(params.mode === 'preserve' ? { mode: source.path.mode } : {}),
      ...{ dest, remote: src, sha256: source.sha256, size: source.path.size },
      ...(observed.noFolder ? { makesFolder: true } : {}),
    },
    observed,
  )
}
