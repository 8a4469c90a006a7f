import { ConfigError } from '../kernel/errors.ts'
import { nearest } from '../kernel/nearest.ts'
import { countOf, type Problem } from '../kernel/problems.ts'
import { connectionSettings, connectionVariables } from './connection-vars.ts'
import type { Host, Inventory } from './types.ts'

/** Variables of Ansible that mean nothing here; without them they would look like slips of the pen of others. */
const otherVariables =
  'become_exe become_plugin become_ask_pass ssh_executable ssh_pipelining pipelining ssh_retries ssh_transfer_method ssh_use_tty sftp_executable sftp_batch_mode sftp_extra_args scp_executable scp_extra_args scp_if_ssh control_path control_path_dir python_interpreter shell_type shell_executable network_os remote_tmp async_dir sudo sudo_user sudo_pass sudo_exe su su_user su_pass group_priority facts'

const ansiblePrefix = 'ansible_'
const ownPrefix = 'kmesos_'

/** Names without their prefix, by prefix. Of our own: those of connections, and what the components read. */
const knownNames: Readonly<Record<string, ReadonlySet<string>>> = {
  [ansiblePrefix]: new Set([...namesWith(ansiblePrefix), ...otherVariables.split(' ')]),
  [ownPrefix]: new Set([...namesWith(ownPrefix), 'address', 'engine', 'state_dir', 'profile', 'registry']),
}

function namesWith(prefix: string): readonly string[] {
  return connectionVariables
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length))
}

/** `where`: the hosts that have it. */
export interface VariableWarning extends Problem {
  readonly name: string
}

/**
 * Throws ConfigError with the faults of all hosts' connection variables at once. Returns warnings of names that look
 * misspelled: they may be variables of somebody's own, so they are no faults.
 */
export function checkConnectionVars({
  hosts,
  sources,
}: Pick<Inventory, 'hosts' | 'sources'>): readonly VariableWarning[] {
  const problems = mergeHosts([...hosts.values()].flatMap(faultyValues))
  if (problems.length > 0)
    throw new ConfigError(
      `inventory ${sources.join(', ')} has ${countOf(problems.length, 'problem')}:`,
      problems,
    )
  return mergeHosts([...hosts.values()].flatMap(misspelled)).map((warning) => ({
    ...warning,
    name: warning.where.slice(warning.where.lastIndexOf('/') + 1),
  }))
}

/** Most names are known, and of thousands of hosts most names are the same. */
const nearestNames = new Map<string, string | undefined>()

function misspelled(host: Host): readonly Problem[] {
  return Object.keys(host.vars).flatMap((name) => {
    const near = nearestTo(name)
    if (near === undefined) return []
    const message = `unknown variable "${name}"; did you mean "${near}"?`
    return [{ where: `${host.name}/${name}`, message }]
  })
}

function nearestTo(name: string): string | undefined {
  const prefix = [ansiblePrefix, ownPrefix].find((each) => name.startsWith(each))
  const known = prefix === undefined ? undefined : knownNames[prefix]
  if (prefix === undefined || known === undefined || known.has(name.slice(prefix.length))) return undefined
  if (!nearestNames.has(name)) {
    const near = nearest(name.slice(prefix.length), [...known])
    nearestNames.set(name, near === undefined ? undefined : `${prefix}${near}`)
  }
  return nearestNames.get(name)
}

function faultyValues(host: Host): readonly Problem[] {
  try {
    connectionSettings(host)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

const mostNames = 3

/** The same fault of many hosts (a variable of their group) is one problem. */
function mergeHosts(problems: readonly Problem[]): readonly Problem[] {
  const byFault = new Map<string, { readonly name: string; readonly message: string; hosts: string[] }>()
  for (const { where, message } of problems) {
    const cut = where.lastIndexOf('/')
    const name = where.slice(cut + 1)
    const entry = byFault.get(`${name}\n${message}`) ?? { name, message, hosts: [] }
    entry.hosts.push(where.slice(0, cut))
    byFault.set(`${name}\n${message}`, entry)
  }
  return [...byFault.values()].map(({ name, message, hosts }) => {
    const more = hosts.length - mostNames
    const names = hosts.slice(0, mostNames).join(', ') + (more > 0 ? ` and ${more} more` : '')
    return { where: `${names}/${name}`, message }
  })
}
