import type { Vars } from './types.ts'

/** Sets one variable. A name like __proto__ must become a member, not the prototype. */
export function setMember(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__')
    Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true })
  else target[name] = value
}

/** Later layers win; a value replaces an earlier one whole, as Ansible's default hash behavior does. */
export function mergeVars(layers: readonly (Vars | undefined)[]): Record<string, unknown> {
  const merged: Record<string, unknown> = {}
  for (const layer of layers)
    for (const name of Object.keys(layer ?? {})) setMember(merged, name, layer?.[name])
  return merged
}
