import { planWantedFile, wantedText, type FileSeen } from '../copy/plan.ts'
import { fileQuestions, observeFile } from '../copy/probe.ts'
import { noChange, refused } from '../no-change.ts'
import { ownershipParams, type Ownership } from '../ownership.ts'
import { defineModule } from '../types.ts'
import { editLines, type LineEdit } from './edit-lines.ts'

interface LineParams extends Ownership, LineEdit {
  readonly path: string
  readonly create: boolean
}

export const lineinfileModule = defineModule<LineParams, FileSeen>({
  name: 'lineinfile',
  summary: 'makes one line be in, or not be in, a text file',
  schema: {
    params: {
      path: { type: 'path', required: true, aliases: ['dest', 'name'] },
      line: { type: 'text', aliases: ['value'] },
      regexp: {
        type: 'text',
        about: 'JavaScript regular expression; the last line that matches is replaced',
      },
      state: { type: 'text', choices: ['present', 'absent'], default: 'present' },
      insertafter: { type: 'text', about: 'regular expression, or EOF' },
      insertbefore: { type: 'text', about: 'regular expression, or BOF' },
      create: { type: 'flag', default: false, about: 'make the file when it is missing' },
      ...ownershipParams,
    },
    oneOf: [['line', 'regexp']],
    exclusive: [['insertafter', 'insertbefore']],
  },
  // The present text is what the new one is made of, so it is always asked for.
  questions: (params) => fileQuestions(params.path, true),
  observe: observeFile,
  plan: (params, observed) => {
    if (observed.path.kind === 'absent' && params.state === 'absent')
      return noChange(`${params.path} is absent`)
    if (observed.path.kind === 'absent' && !params.create) {
      return refused(`${params.path} does not exist`, 'set create: true to make it')
    }
    const text = editLines(observed.content ?? '', params)
    const plan = planWantedFile({ ...params, dest: params.path, force: true, ...wantedText(text) }, observed)
    return plan.changed ? plan : noChange(`${params.path} has the line as wanted`)
  },
})
