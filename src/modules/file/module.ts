import type { Answers } from '../types.ts'
import { stateIn, textIn } from '../observation.ts'
import { ownershipChanges, ownershipParams, unsupportedOwnership } from '../ownership.ts'
import { defineModule } from '../types.ts'
import { pathStateOf } from '../../plan/answers.ts'
import { planFile } from './plan.ts'
import { fileQuestions } from './probe.ts'
import type { FileObserved, FileParams } from './types.ts'

export const fileModule = defineModule<FileParams, FileObserved>({
  name: 'file',
  summary: 'makes, removes, links or sets owner, mode and times of a path',
  schema: {
    params: {
      path: { type: 'path', required: true, aliases: ['dest', 'name'] },
      state: {
        type: 'text',
        choices: ['file', 'directory', 'absent', 'link', 'hard', 'touch'],
        about: 'unless told: link with src, else what the path is',
      },
      src: { type: 'text', about: 'target of the link; relative ones start at its folder' },
      recurse: {
        type: 'flag',
        default: false,
        about: 'owner, group and mode of everything below a directory',
      },
      follow: {
        type: 'flag',
        default: true,
        about: 'owner, group and mode are those of what a link leads to',
      },
      force: { type: 'flag', default: false, about: 'link to what is not there, or in the place of a file' },
      access_time: {
        type: 'text',
        about: '`now`, `preserve` or `CCYYMMDDhhmm.SS`; now for touch, else preserve',
      },
      modification_time: { type: 'text', about: 'as access_time' },
      ...ownershipParams,
    },
    unsupported: {
      ...unsupportedOwnership,
      access_time_format: 'write the time as CCYYMMDDhhmm.SS',
      modification_time_format: 'write the time as CCYYMMDDhhmm.SS',
    },
  },
  questions: fileQuestions,
  observe: observe,
  plan: planFile,
})

function observe(answers: Answers, params: FileParams): FileObserved {
  const text = (name: string): string => textIn(answers[name]).text.replace(/\n$/, '')
  const has = (name: string): boolean => answers[name] !== undefined
  const [access = '', modification = ''] = has('times') ? text('times').split('\n') : []
  return {
    path: stateIn(answers['path']),
    ...(has('real') ? { real: stateIn(answers['real']) } : {}),
    ...(has('target') ? { target: text('target') } : {}),
    ...(has('source') ? { source: stateIn(answers['source']) } : {}),
    ...(has('same') ? { same: text('same') === 'same' } : {}),
    ...(has('below') ? { differsBelow: differsBelow(text('below'), params) } : {}),
    ...(has('times') ? { times: [access, modification] as const } : {}),
  }
}

function differsBelow(text: string, params: FileParams): boolean {
  if (params.mode === undefined || /^[0-7]{4}$/.test(params.mode)) return text !== ''
  return text
    .split('\n')
    .map((line) => pathStateOf(line))
    .some((state) => state !== undefined && ownershipChanges(state, params).length > 0)
}
