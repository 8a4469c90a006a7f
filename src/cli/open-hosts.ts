import type { Become } from '../connection/types.ts'
import { checkConnectionVars } from '../inventory/check-connection-vars.ts'
import { connectionSettings } from '../inventory/connection-vars.ts'
import { loadVariablePlace } from '../inventory/load-variable-place.ts'
import type { Host, Inventory, Vars } from '../inventory/types.ts'
import type { Secret } from '../kernel/secret.ts'
import { inheritKeywords, noKeywords } from '../playbook/parse-keywords.ts'
import type { Keywords, Playbook } from '../playbook/types.ts'
import { rightsOn } from '../phases/host-rights.ts'
import type { VaultOpener } from '../vault/opener.ts'
import { openInventory } from './open-inventory.ts'
import { askSecret } from './open-transport.ts'
import type { Request } from './verb.ts'
import type { Clients } from './wire.ts'

export interface OpenedHosts {
  readonly inventory: Inventory
  readonly extraVars: Vars
  readonly vault: VaultOpener
}

/**
 * The inventory with what the command line says of sudo put where its hosts do not say it themselves. Of a playbook it
 * is a default of the plays instead (becomeByDefault): their keywords are stronger than it, and weaker than variables.
 */
export async function openHosts(
  request: Request,
  clients: Clients,
  playbookDir?: string,
): Promise<OpenedHosts> {
  const opened = await openInventory(request, clients, { playbookDir })
  const password = await becomePassword(request, clients)
  const defaults = { ...password, ...(playbookDir === undefined ? becomeVars(request) : {}) }
  const hosts = new Map(
    [...opened.inventory.hosts].map(([name, host]) => [name, withDefaults(host, defaults)]),
  )
  for (const { name, where, message } of checkConnectionVars({ ...opened.inventory, hosts })) {
    const place = await loadVariablePlace(name, opened.inventory.sources)
    clients.warn(`${place ?? where}: ${message}`)
  }
  clients.hide([...hosts.values()].flatMap(secretsOf))
  return { ...opened, inventory: { ...opened.inventory, hosts } }
}

/** Another user's rights on a host for what is not a task: where its variables, or --become, ask for them always. */
export function becomeOf(host: Host): Become | undefined {
  return connectionSettings(host).become.always ? rightsOn(host) : undefined
}

/** --become and --become-user, below the keywords of all plays. */
export function becomeByDefault(playbook: Playbook, { options }: Request): Playbook {
  const user = options.text('become-user')
  const keywords: Keywords = {
    ...noKeywords,
    ...(options.flag('become') ? { become: true } : {}),
    ...(user === undefined ? {} : { becomeUser: user }),
  }
  const plays = playbook.plays.map((play) => ({
    ...play,
    keywords: inheritKeywords(keywords, play.keywords),
  }))
  return { ...playbook, plays }
}

function becomeVars({ options }: Request): Vars {
  const user = options.text('become-user')
  return {
    ...(options.flag('become') ? { ansible_become: true } : {}),
    ...(user === undefined ? {} : { ansible_become_user: user }),
  }
}

async function becomePassword({ options }: Request, clients: Clients): Promise<Vars> {
  if (!options.flag('ask-become-pass')) return {}
  return { ansible_become_password: await askSecret('sudo password: ', clients) }
}

function withDefaults(host: Host, defaults: Vars): Host {
  return Object.keys(defaults).length === 0 ? host : { ...host, vars: { ...defaults, ...host.vars } }
}

function secretsOf(host: Host): readonly Secret[] {
  const { password, privateKeyPassphrase, become } = connectionSettings(host)
  return [password, privateKeyPassphrase, become.password].filter((each) => each !== undefined)
}
