import { quoteWord } from '../../kernel/shell.ts'
import { pathKey } from '../../plan/resources.ts'
import { noChange, refused } from '../no-change.ts'
import { textIn } from '../observation.ts'
import { defineModule } from '../types.ts'

export const slurpModule = defineModule<
  { readonly src: string },
  { readonly text: string; readonly exitCode: number }
>({
  name: 'slurp',
  summary: 'reads a file of the host, as base64',
  schema: { params: { src: { type: 'path', required: true, aliases: ['path'] } } },
  questions: ({ src }) => ({
    file: { ask: 'sh', script: `base64 -- ${quoteWord(src)} 2>&1`, reads: [pathKey(src)] },
  }),
  observe: (answers) => {
    const { text, exitCode } = textIn(answers['file'])
    return { text, exitCode }
  },
  plan: ({ src }, { text, exitCode }) => {
    if (exitCode !== 0) return refused(`cannot read ${src}: ${text.trim().replace(/^.*: /, '')}`)
    return noChange(`read ${src}`, { content: text.replaceAll('\n', ''), encoding: 'base64', source: src })
  },
})
