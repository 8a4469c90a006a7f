import type { InventoryDraft } from './inventory-draft.ts'
import type { Host, Inventory, Vars } from './types.ts'

/** Warnings of hosts that lead to one address and port: tasks would run there twice, at the same time. */
export function sharedAddresses(draft: InventoryDraft, inventory: Inventory): readonly string[] {
  const byTarget = new Map<string, Host>()
  const warnings: string[] = []
  for (const host of inventory.hosts.values()) {
    const target = targetOf(host)
    if (target === undefined) continue
    const other = byTarget.get(target.key)
    if (other) {
      const named = [other, host].map(({ name }) => `"${name}" (${draft.hosts.get(name)?.where ?? ''})`)
      warnings.push(`${named.join(' and ')} are one host: both have the address ${target.shown}`)
    } else byTarget.set(target.key, host)
  }
  return warnings
}

/** Undefined where it cannot be told: templates, local connections. The way there (a jump host) is part of it. */
function targetOf({ name, vars }: Host): { readonly key: string; readonly shown: string } | undefined {
  const first = (...names: readonly string[]): unknown =>
    names.map((each) => vars[each]).find((value) => value !== undefined && value !== null)
  if (first('kmesos_connection', 'ansible_connection') === 'local') return undefined
  const address = first('kmesos_host', 'ansible_host', 'ansible_ssh_host') ?? name
  const port = first('kmesos_port', 'ansible_port', 'ansible_ssh_port') ?? 22
  if (typeof address !== 'string' || typeof port === 'object' || /\{\{|<%/.test(`${address}${String(port)}`))
    return undefined
  return {
    key: JSON.stringify([address, String(port), wayOf(vars)]),
    shown: `${address}, port ${String(port)}`,
  }
}

const wayNames = ['ansible_ssh_args', 'ansible_ssh_common_args', 'ansible_ssh_extra_args']

function wayOf(vars: Vars): readonly unknown[] {
  return wayNames.flatMap((name) => [vars[name] ?? null, vars[name.replace('ansible_', 'kmesos_')] ?? null])
}
