import { resolve, dirname } from 'node:path'
import { ConfigError } from '../kernel/errors.ts'
import type { Include, Play, Playbook, RoleUse, TaskNode } from './types.ts'

/** Roles with their dependencies before them, each once for the same parameters unless it allows duplicates. */
export function rolesInOrder(play: Play, playbook: Playbook): readonly RoleUse[] {
  const done = new Set<string>()
  const ordered: RoleUse[] = []
  const visit = (use: RoleUse, stack: readonly string[]): void => {
    if (stack.includes(use.role)) {
      throw new ConfigError(
        `${use.file}:${use.line}: roles depend on each other: ${[...stack, use.role].join(' -> ')}`,
      )
    }
    const role = playbook.roles.get(use.role)
    const key = roleKey(use)
    if (done.has(key) && role?.allowDuplicates !== true) return
    for (const dependency of role?.dependencies ?? []) visit(dependency, [...stack, use.role])
    done.add(key)
    ordered.push(use)
  }
  for (const use of play.roles) visit(use, [])
  return ordered
}

/** As in Ansible, the same role under another condition or other tags is another one. */
export function roleKey({ role, params, keywords }: RoleUse): string {
  return JSON.stringify([role, params.vars, keywords.when.map(({ text }) => text), keywords.tags])
}

/** An include of a role that a play may come to. */
export type RoleInclude = Include & { readonly what: 'role' }

/** Every include of a role that the play's tasks, roles and task files hold, each once. */
export function roleIncludesOf(play: Play, playbook: Playbook): readonly RoleInclude[] {
  const found = new Map<Include, RoleInclude>()
  const seen = new Set<readonly TaskNode[]>()
  const visitRole = (name: string): void => {
    const role = playbook.roles.get(name)
    for (const nodes of role?.tasks.values() ?? []) visit(nodes)
    for (const use of role?.dependencies ?? []) visitRole(use.role)
  }
  const visit = (nodes: readonly TaskNode[]): void => {
    if (seen.has(nodes)) return
    seen.add(nodes)
    for (const node of nodes) {
      if (node.kind === 'block') for (const part of [node.block, node.rescue, node.always]) visit(part)
      else if (node.kind === 'include' && node.what === 'role') {
        found.set(node, node as RoleInclude)
        visitRole(node.target)
      } else if (node.kind === 'include') visitTasks(node)
    }
  }
  const visitTasks = (node: Include): void => {
    const file = playbook.taskFiles.get(resolve(dirname(node.file), node.target))
    if (file) visit(file)
    // A name made at run time may mean any file that was loaded.
    else for (const nodes of playbook.taskFiles.values()) visit(nodes)
  }
  for (const part of [play.preTasks, play.tasks, play.postTasks, play.handlers]) visit(part)
  for (const use of play.roles) visitRole(use.role)
  return [...found.values()]
}
