import { Secret } from '../kernel/secret.ts'
import type { VaultOpener } from '../vault/opener.ts'
import type { Vars } from './types.ts'

/**
 * Variables of a file that was encrypted as a whole: its texts and numbers are secrets. A text that holds a template is
 * none: it names other variables, and must be rendered.
 */
export function sealWhole(vars: Vars, vault: Pick<VaultOpener, 'tell'>): Vars {
  const secrets = sealLeaves(vars) as Vars
  vault.tell(secretsIn(secrets))
  return secrets
}

/** A value with its texts and numbers as secrets. */
export function sealLeaves(value: unknown): unknown {
  if (typeof value === 'string') return value.includes('<%') ? value : new Secret(value)
  if (typeof value === 'number') return new Secret(String(value), { plain: value })
  if (Array.isArray(value)) return value.map(sealLeaves)
  if (typeof value !== 'object' || value === null || value instanceof Secret) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, sealLeaves(member)]))
}

/** All secrets inside of a value. */
export function secretsIn(value: unknown): readonly Secret[] {
  if (value instanceof Secret) return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(secretsIn)
}
