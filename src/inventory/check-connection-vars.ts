import { ConfigError } from '../kernel/errors.ts'
import { nearest } from '../kernel/nearest.ts'
import { countOf, type Problem } from '../kernel/problems.ts'
import { connectionSettings, connectionVariables } from './connection-vars.ts'
import type { Host, Inventory } from './types.ts'

const prefix = 'ansible_'

/** Variables of Ansible that mean nothing here; without them they would look like slips of the pen of others. */
const otherVariables =
  'become_exe become_flags become_plugin become_ask_pass ssh_executable ssh_pipelining pipelining ssh_retries ssh_timeout timeout ssh_transfer_method ssh_use_tty sftp_executable sftp_batch_mode sftp_extra_args scp_executable scp_extra_args scp_if_ssh control_path control_path_dir python_interpreter shell_type shell_executable network_os remote_tmp async_dir sudo sudo_user sudo_pass sudo_exe su su_user su_pass group_priority facts'

const knownVariables = [
  ...connectionVariables.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length)),
  ...otherVariables.split(' '),
]

/** Throws ConfigError with the faults of all hosts' connection variables at once, misspelled names among them. */
export function checkConnectionVars({ hosts, sources }: Pick<Inventory, 'hosts' | 'sources'>): void {
  const problems = [...hosts.values()].flatMap((host) => [...misspelled(host), ...faultyValues(host)])
  if (problems.length === 0) return
  const merged = mergeHosts(problems)
  throw new ConfigError(`inventory ${sources.join(', ')} has ${countOf(merged.length, 'problem')}:`, merged)
}

function misspelled(host: Host): readonly Problem[] {
  return Object.keys(host.vars).flatMap((name) => {
    const rest = name.slice(prefix.length)
    if (!name.startsWith(prefix) || knownVariables.includes(rest)) return []
    const near = nearest(rest, knownVariables)
    if (near === undefined) return []
    const message = `unknown variable "${name}"; did you mean "${prefix}${near}"?`
    return [{ where: `${host.name}/${name}`, message }]
  })
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
