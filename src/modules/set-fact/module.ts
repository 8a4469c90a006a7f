import { noChange } from '../no-change.ts'
import { defineModule } from '../types.ts'

/** The values go into the host's variables for the rest of the run; the runner takes them from `ansible_facts`. */
export const setFactModule = defineModule<Readonly<Record<string, unknown>>, undefined>({
  name: 'set_fact',
  summary: 'sets variables of the host',
  schema: { params: { cacheable: { type: 'flag' } }, open: true },
  plan: (params) => {
    const facts = Object.fromEntries(Object.entries(params).filter(([name]) => name !== 'cacheable'))
    return noChange(`set ${Object.keys(facts).join(', ')}`, { ansible_facts: facts })
  },
})
