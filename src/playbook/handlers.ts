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
  const sources = handlerSources(play, playbook)
  // Of a role that is listed more than once, its last entry counts.
  const params = new Map(rolesInOrder(play, playbook).map((use) => [use.role, [use.params]] as const))
  return [
    ...sources.flatMap(({ role, file }) =>
      (playbook.roles.get(role)?.handlersFiles.get(file) ?? []).map((node) =>
        make(node, { role, params: params.get(role) ?? [] }),
      ),
    ),
    ...play.handlers.map((node) => make(node, undefined)),
  ]
}

interface HandlerSource {
  readonly role: string
  /** File of handlers, without its ending. */
  readonly file: string
}

function handlerSources(play: Play, playbook: Playbook): readonly HandlerSource[] {
  const includes = roleIncludesOf(play, playbook)
  const main = (role: string): HandlerSource => ({ role, file: 'main' })
  const dependencies = (name: string, seen: readonly string[]): readonly HandlerSource[] =>
    seen.includes(name)
      ? []
      : (playbook.roles.get(name)?.dependencies ?? []).flatMap((use) => [
          ...dependencies(use.role, [...seen, name]),
          main(use.role),
        ])
  const included = includes.flatMap((node) => [
    ...dependencies(node.target, []),
    { role: node.target, file: node.handlersFrom },
  ])
  // A name made at run time may mean any role that was loaded.
  const any = includes.some(({ target }) => target.includes('<%')) ? [...playbook.roles.keys()].map(main) : []
  const all = [...rolesInOrder(play, playbook).map(({ role }) => main(role)), ...included, ...any]
  return [...new Map(all.map((each) => [`${each.role} ${each.file}`, each])).values()]
}
