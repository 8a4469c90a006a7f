import { outputOptions } from '../shared-options.ts'
import { usageFault } from '../options.ts'
import type { Verb } from '../verb.ts'

export const completion: Verb = {
  name: 'completion',
  summary: 'Print a completion script for bash, zsh or fish',
  arguments: '[SHELL] [-- WORD...]',
  about:
    'The script asks kmesos itself at each press of TAB: verbs, options, their values, and the hosts and groups of the inventory that stands on the line (or in KMESOS_INVENTORY). `completion words -- WORD...` is what it calls.',
  options: outputOptions,
  examples: [
    'kmesos completion bash > /etc/bash_completion.d/kmesos',
    'kmesos completion zsh > /usr/local/share/zsh/site-functions/_kmesos',
    'kmesos completion fish > ~/.config/fish/completions/kmesos.fish',
  ],
  screen: 'quiet',
  run: async (request, clients) => {
    const [shell = 'bash'] = request.words
    if (shell === 'words') {
      const { candidatesFor } = await import('../completion-candidates.ts')
      const found = await candidatesFor(request.rest)
      clients.print(found.map((word) => `${word}\n`).join(''))
      return
    }
    const { completionShells, formatCompletion } = await import('../format-completion.ts')
    const known = completionShells.find((name) => name === shell)
    if (!known)
      throw usageFault(`no completion for "${shell}"; there is ${completionShells.join(', ')}`, 'completion')
    clients.print(formatCompletion(known))
  },
}
