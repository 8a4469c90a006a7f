/** Ansible's inventory as readonly data. No method here reaches the network. */

/** Variables by name; values as YAML or INI gave them. */
export type Vars = Readonly<Record<string, unknown>>

export interface Host {
  readonly name: string
  /** Names of all groups that hold it, directly or through children; `all` among them. Order: by depth, priority, name. */
  readonly groups: readonly string[]
  /** Merged by Ansible's precedence: group vars (parents first), group_vars/, host vars, host_vars/, -e. */
  readonly vars: Vars
  /** Its own only: from its lines in the inventory and host_vars/. What `inventory list` shows per host. */
  readonly ownVars?: Vars
}

export interface Group {
  readonly name: string
  readonly hosts: readonly string[]
  readonly children: readonly string[]
  readonly vars: Vars
}

export interface Inventory {
  readonly hosts: ReadonlyMap<string, Host>
  readonly groups: ReadonlyMap<string, Group>
  /** Files it was read from, for messages and for finding group_vars beside them. */
  readonly sources: readonly string[]
}
