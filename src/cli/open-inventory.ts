import type { Host, Inventory, Vars } from '../inventory/types.ts'
import type { VaultOpener } from '../vault/opener.ts'
import { UsageError } from '../kernel/errors.ts'
import type { Problem } from '../kernel/problems.ts'
import { usageFault } from './options.ts'
import type { Request } from './verb.ts'
import type { Clients } from './wire.ts'

export interface OpenedInventory {
  readonly inventory: Inventory
  readonly extraVars: Vars
  readonly vault: VaultOpener
}

export interface OpenInventoryOptions {
  readonly playbookDir?: string | undefined
  /** Inline `!vault` values stay closed: they are printed as they are. */
  readonly keepSealed?: boolean
}

/** Reads what -i and -e name. Throws UsageError without -i, ConfigError with all faults of all files. */
export async function openInventory(
  request: Request,
  clients: Clients,
  { playbookDir, keepSealed = false }: OpenInventoryOptions = {},
): Promise<OpenedInventory> {
  const { options } = request
  const sources = options.list('inventory')
  if (sources.length === 0) {
    throw usageFault('no inventory is given; say where the hosts are with -i FILE (or KMESOS_INVENTORY)')
  }
  const [{ loadInventory }, { loadExtraVars }, { openVault }] = await Promise.all([
    import('../inventory/load-inventory.ts'),
    import('../inventory/load-extra-vars.ts'),
    import('./open-vault.ts'),
  ])
  const vault = await openVault(request, clients)
  const extraVars = await loadExtraVars(options.list('extra-vars'), vault)
  const inventory = await loadInventory(sources, {
    ...{ extraVars, vault, keepSealed },
    ...(playbookDir === undefined ? {} : { playbookDir }),
    onWarning: clients.warn,
    ...(clients.verbose ? { onNote: clients.warn } : {}),
  })
  return { inventory, extraVars, vault }
}

/** The hosts of a pattern (default `all`) that --limit leaves. Throws UsageError with the nearest known names. */
export async function chooseHosts(
  inventory: Inventory,
  pattern: string,
  limit: string | undefined,
): Promise<readonly Host[]> {
  const [{ selectHosts, limitHosts }, { loadLimit }] = await Promise.all([
    import('../inventory/patterns.ts'),
    import('../inventory/load-limit.ts'),
  ])
  const selected = selectHosts(inventory, pattern)
  const hosts = 'problems' in selected ? refuse(selected.problems) : selected.hosts
  if (limit === undefined) return hosts
  const limited = limitHosts(inventory, hosts, await loadLimit(limit))
  return 'problems' in limited ? refuse(limited.problems) : limited.hosts
}

function refuse(problems: readonly Problem[]): never {
  throw new UsageError(problems.map((problem) => `${problem.where}: ${problem.message}`).join('; '), {
    hint: 'see the hosts and groups with: kmesos inventory graph -i INVENTORY',
  })
}
