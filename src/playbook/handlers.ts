import { flattenNodes, type RoleScope, type Step, type Surroundings } from './flatten.ts'
import { roleIncludesOf, rolesInOrder } from './role-order.ts'
import type { Play, Playbook, TaskNode } from './types.ts'

/** A handler of a play or of one of its roles, in the order in which they run. */
export interface Handler {
  readonly steps: readonly Step[]
  /** Under which one handler of that name is meant; not rendered yet. */
  readonly names: readonly string[]
  /** Topics: all handlers that listen to one run. */
  readonly listen: readonly string[]
  /** The role that brings it; undefined for one of the play itself. */
  readonly role: string | undefined
}

/** Handlers of the roles that the play may use, in their order, then those of the play. */
export function handlersOf(play: Play, playbook: Playbook): readonly Handler[] {
  const around: Surroundings = { keywords: { ...play.keywords, tags: [] }, path: [], depth: 0 }
  const make = (node: TaskNode, scope: RoleScope | undefined): Handler => ({
    steps: flattenNodes([node], playbook, { ...around, ...(scope ? { scope } : {}) }),
    names: [node.name, ...(scope ? [`${scope.role} : ${node.name}`, `${scope.role}: ${node.name}`] : [])],
    listen: node.kind === 'task' ? node.listen : [],
    role: scope?.role,
  })
  const names = rolesWithHandlers(play, playbook)
  // Of a role that is listed more than once, its last entry counts.
  const params = new Map(rolesInOrder(play, playbook).map((use) => [use.role, [use.params]] as const))
  return [
    ...names.flatMap((name) =>
      (playbook.roles.get(name)?.handlers ?? []).map((node) =>
        make(node, { role: name, params: params.get(name) ?? [] }),
      ),
    ),
    ...play.handlers.map((node) => make(node, undefined)),
  ]
}

function rolesWithHandlers(play: Play, playbook: Playbook): readonly string[] {
  const includes = roleIncludesOf(play, playbook).map((node) => node.target)
  // A name made at run time may mean any role that was loaded.
  const any = includes.some((name) => name.includes('<%')) ? [...playbook.roles.keys()] : []
  const dependencies = (name: string, seen: readonly string[]): readonly string[] =>
    seen.includes(name)
      ? []
      : [
          ...(playbook.roles.get(name)?.dependencies ?? []).flatMap((use) =>
            dependencies(use.role, [...seen, name]),
          ),
          name,
        ]
  const own = rolesInOrder(play, playbook).map((use) => use.role)
  return [...new Set([...own, ...includes.flatMap((name) => dependencies(name, [])), ...any])]
}
