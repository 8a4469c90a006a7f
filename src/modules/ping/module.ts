import { noChange, refused } from '../no-change.ts'
import { textIn } from '../observation.ts'
import { defineModule } from '../types.ts'

export const pingModule = defineModule<{ readonly data: string }, { readonly alive: boolean }>({
  name: 'ping',
  summary: 'asks whether programs can be run on the host',
  schema: { params: { data: { type: 'text', default: 'pong', about: 'what is answered; `crash` fails' } } },
  questions: () => ({ echo: { ask: 'sh', script: 'echo alive', reads: [] } }),
  observe: (answers) => ({ alive: textIn(answers['echo']).text.trim() === 'alive' }),
  plan: ({ data }, { alive }) =>
    alive && data !== 'crash' ? noChange(data, { ping: data }) : refused('the host did not answer'),
})
