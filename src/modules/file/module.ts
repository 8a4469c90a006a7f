import type { PathState } from '../../plan/types.ts'
import { stateIn, textIn } from '../observation.ts'
import { ownershipParams } from '../ownership.ts'
import { defineModule } from '../types.ts'
import { planFile, type FileObserved, type FileParams } from './plan.ts'
import { linkTargetScript, recurseScript } from './probe.ts'

export const fileModule = defineModule<FileParams, FileObserved>({
  name: 'file',
  summary: 'makes, removes or sets owner and mode of a path',
  schema: {
    params: {
      path: { type: 'path', required: true, aliases: ['dest', 'name'] },
      state: {
        type: 'text',
        choices: ['file', 'directory', 'absent', 'link', 'touch'],
        about: 'unless told: link with src, else file',
      },
      src: { type: 'text', about: 'target of the link' },
      recurse: {
        type: 'flag',
        default: false,
        about: 'owner, group and mode of everything below a directory',
      },
      force: { type: 'flag', default: false, about: 'replace a file by the link' },
      ...ownershipParams,
    },
  },
  questions: (params) => ({
    path: { ask: 'stat', path: params.path },
    ...(params.src === undefined
      ? {}
      : { target: { ask: 'sh', script: linkTargetScript(params.path) } as const }),
    ...(params.recurse ? { below: { ask: 'sh', script: recurseScript(params) } as const } : {}),
  }),
  observe: (answers, params) => {
    const path: PathState = stateIn(answers['path'])
    return {
      path,
      ...(params.src === undefined ? {} : { target: textIn(answers['target']).text.replace(/\n$/, '') }),
      ...(params.recurse ? { differsBelow: textIn(answers['below']).text.trim() !== '' } : {}),
    }
  },
  plan: planFile,
})
