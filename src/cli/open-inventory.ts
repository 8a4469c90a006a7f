import type { Inventory, Vars } from '../inventory/types.ts'
import { usageFault } from './options.ts'
import type { Request } from './verb.ts'
import type { Clients } from './wire.ts'

export interface OpenedInventory {
  readonly inventory: Inventory
  readonly extraVars: Vars
}

/** Reads what -i and -e name. Throws UsageError without -i, ConfigError with all faults of all files. */
export async function openInventory(
  { options }: Request,
  clients: Clients,
  playbookDir?: string,
): Promise<OpenedInventory> {
  const sources = options.list('inventory')
  if (sources.length === 0) {
    throw usageFault('no inventory is given; say where the hosts are with -i FILE (or KMESOS_INVENTORY)')
  }
  const [{ loadInventory }, { loadExtraVars }] = await Promise.all([
    import('../inventory/load-inventory.ts'),
    import('./load-extra-vars.ts'),
  ])
  const extraVars = await loadExtraVars(options.list('extra-vars'))
  const inventory = await loadInventory(sources, {
    extraVars,
    ...(playbookDir === undefined ? {} : { playbookDir }),
    onWarning: (text) =>
      clients.reporter.report({ kind: 'message', level: 'warning', text, at: clients.clock.now() }),
  })
  return { inventory, extraVars }
}
