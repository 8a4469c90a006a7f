import { loadVariablePlace } from '../inventory/load-variable-place.ts'
import { misspelledVars } from '../inventory/misspelled-vars.ts'
import type { Inventory, Vars } from '../inventory/types.ts'
import { loadVariableNames } from '../roles/load-variable-names.ts'
import type { RoleSources } from '../roles/types.ts'
import type { Request } from './verb.ts'
import type { Clients } from './wire.ts'

interface Given {
  readonly inventory: Inventory
  readonly extraVars: Vars
  readonly base: string
  readonly sources: RoleSources
}

/** Warns of variables that are nearly one which roles and components read, each once, with its place. */
export async function warnMisspelled(given: Given, { options }: Request, clients: Clients): Promise<void> {
  const known = await loadVariableNames(given.base, given.sources)
  for (const { name, near, of } of misspelledVars(given.inventory, given.extraVars, known)) {
    const inline = options.list('extra-vars').filter((text) => !text.startsWith('@'))
    const isInline = of === undefined && inline.some((text) => text.includes(name))
    const files = options.list('extra-vars').flatMap((text) => (text.startsWith('@') ? [text.slice(1)] : []))
    const sources = of === undefined ? files : given.inventory.sources
    const place = isInline ? undefined : await loadVariablePlace(name, sources)
    clients.warn(`${place ?? of ?? '-e'}: nothing reads the variable "${name}"; did you mean "${near}"?`)
  }
}
