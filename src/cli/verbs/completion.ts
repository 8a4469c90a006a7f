import type { Verb } from '../verb.ts'
import { outputOptions } from '../shared-options.ts'

export const completion: Verb = {
  name: 'completion',
  summary: 'Print a completion script for bash',
  arguments: '',
  options: outputOptions,
  examples: ['kmesos completion > /etc/bash_completion.d/kmesos'],
  screen: 'quiet',
  run: async (_request, clients) => {
    const { verbs } = await import('../verbs.ts')
    const { formatCompletion } = await import('../format-completion.ts')
    clients.print(formatCompletion(verbs))
  },
}
