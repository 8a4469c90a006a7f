import { deploymentOptions, inventoryOptions, outputOptions } from '../shared-options.ts'
import type { Verb } from '../verb.ts'

export const passwordInit: Verb = {
  name: 'password init',
  summary: 'Make the passwords and keys that are missing, in one file for its owner alone',
  arguments: '',
  options: [
    ...inventoryOptions,
    ...deploymentOptions,
    { name: 'profile', value: 'NAME', help: 'named list of roles (roles/profiles.yml)' },
    { name: 'check', short: 'C', help: 'name what is missing; write nothing' },
    ...outputOptions,
  ],
  examples: ['kmesos password init -i inventory/all-in-one'],
  screen: 'lines',
  run: async (request, clients) => {
    const [{ passwordInit: init }, { loadSite, neededSecrets }, { baseFolder }, { openInventory }] =
      await Promise.all([
        import('../../workflows/password-init.ts'),
        import('../../workflows/load-deployment.ts'),
        import('../project-folder.ts'),
        import('../open-inventory.ts'),
      ])
    const { options } = request
    const { inventory, extraVars } = await openInventory(request, clients)
    const site = {
      inventory,
      extraVars,
      deployment: options.textOr('deployment', ''),
      base: baseFolder(request),
    }
    const { parsed, sources } = await loadSite({ ...site, profile: options.text('profile') })
    const { warnMisspelled } = await import('../warn-misspelled.ts')
    await warnMisspelled({ ...site, sources }, request, clients)
    const file = options.textOr('passwords', '')
    const check = options.flag('check')
    const { made } = await init(file, neededSecrets(parsed), { check })
    const verb = check ? 'would be made' : 'made'
    const text =
      made.length === 0
        ? `${file}: nothing is missing`
        : `${file}: ${made.length} ${verb}: ${made.join(', ')}`
    clients.reporter.report({ kind: 'message', level: 'info', text, at: clients.clock.now() })
    return { changed: made.length > 0 }
  },
}
