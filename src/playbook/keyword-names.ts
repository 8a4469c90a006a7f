/** Keywords by where they may stand, under Ansible's names. */

/** Play, block, task, role and include alike. */
export const sharedKeywords = [
  ...['name', 'when', 'tags', 'vars', 'become', 'become_user', 'become_method', 'environment'],
  ...['ignore_errors', 'ignore_unreachable', 'any_errors_fatal', 'no_log', 'check_mode', 'diff', 'run_once'],
  ...['delegate_to', 'delegate_facts', 'throttle', 'module_defaults', 'connection', 'collections'],
] as const

export const loopKeywords = [
  ...['loop', 'loop_control', 'with_items', 'with_list', 'with_flattened', 'with_dict', 'with_sequence'],
  ...['with_nested', 'with_cartesian', 'with_together', 'with_indexed_items', 'with_subelements'],
  ...['with_fileglob', 'with_first_found', 'with_random_choice'],
]

export const taskKeywords: readonly string[] = [
  ...['args', 'register', 'notify', 'listen', 'changed_when', 'failed_when', 'until', 'retries', 'delay'],
  ...loopKeywords,
  ...sharedKeywords,
]

export const blockKeywords: readonly string[] = ['block', 'rescue', 'always', 'notify', ...sharedKeywords]

export const includeKeywords: readonly string[] = [
  'args',
  'register',
  'listen',
  ...loopKeywords,
  ...sharedKeywords,
]

export const playKeywords: readonly string[] = [
  ...['hosts', 'gather_facts', 'gather_subset', 'gather_timeout', 'fact_path', 'vars_files', 'vars_prompt'],
  ...['roles', 'tasks', 'pre_tasks', 'post_tasks', 'handlers', 'serial', 'order', 'strategy'],
  ...['max_fail_percentage', 'force_handlers', 'import_playbook', ...sharedKeywords],
]

/** What Ansible has and we do not, with what to write instead. */
const refused: Readonly<Record<string, string>> = {
  async: 'long steps stream their output and survive a lost connection; leave it out',
  poll: 'long steps stream their output and survive a lost connection; leave it out',
  debugger: 'use --check --diff to see what a task would do, and debug to see values',
  remote_user: 'say ansible_user in the inventory, or kmesos play -u NAME',
  port: 'say ansible_port in the inventory',
  timeout: 'bound the command itself: "timeout 60 COMMAND"',
  become_flags:
    'flags of sudo are ours: the prompt and the environment depend on them; set others in sudoers',
  become_exe: 'put sudo, su or doas on the PATH of the user who logs in',
  include: 'write include_tasks (when a host gets there) or import_tasks (before the play starts)',
  with_lines: 'register a command that is delegated to localhost, and loop over its stdout_lines',
  with_inventory_hostnames: 'write loop: "<%= groups.NAME %>"',
}

/** What Ansible takes in an entry of `roles`, so that it is no parameter of the role. */
export const refusedOfRoles: readonly string[] = [
  ...['remote_user', 'port', 'timeout', 'debugger', 'become_flags', 'become_exe'],
]

/** Why a keyword that Ansible knows is not taken, and the way out. */
export function refusedKeyword(key: string): string | undefined {
  const way = refused[key.replace(/^ansible\.builtin\./, '')]
  return way === undefined ? undefined : `"${key}" is not taken: ${way}`
}
