import { parseFacts } from '../../facts/parse-facts.ts'
import { noChange } from '../no-change.ts'
import { textIn } from '../observation.ts'
import { defineModule } from '../types.ts'

export const setupModule = defineModule<object, { readonly text: string }>({
  name: 'setup',
  summary: "asks for the host's facts",
  schema: {
    params: {},
    unsupported: {
      ...{ filter: 'all facts cost one question', gather_subset: 'all facts cost one question' },
      ...{ gather_timeout: 'see --timeout', fact_path: 'facts of the host come from its own files alone' },
    },
  },
  questions: () => ({ facts: { ask: 'facts' } }),
  observe: (answers) => ({ text: textIn(answers['facts']).text }),
  plan: (_params, { text }) => noChange('facts are known', { ansible_facts: parseFacts(text) }),
})
