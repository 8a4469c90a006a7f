import { planWantedFile, wantedText, type FileSeen } from '../copy/plan.ts'
import { fileQuestions, observeFile } from '../copy/probe.ts'
import { ownershipParams, type Ownership } from '../ownership.ts'
import { defineModule } from '../types.ts'

interface TemplateParams extends Ownership {
  readonly src: string
  readonly dest: string
  readonly force: boolean
}

export const templateModule = defineModule<TemplateParams, FileSeen>({
  name: 'template',
  summary: "renders an EJS template of the role's templates/ into a file on the host",
  schema: {
    params: {
      src: { type: 'text', required: true, about: 'file below templates/ of the role' },
      dest: { type: 'path', required: true },
      force: { type: 'flag', default: true, about: 'false: leave an existing file alone' },
      ...ownershipParams,
    },
  },
  questions: (params, context) => fileQuestions(params.dest, context.diff),
  observe: observeFile,
  plan: (params, observed, context) => {
    const file = context.find('templates', params.src)
    const text = context.render(context.content.read(file).toString('utf8'), file)
    return planWantedFile({ ...params, ...wantedText(text) }, observed)
  },
})
