import { dirname, resolve } from 'node:path'
import { ConfigError } from '../kernel/errors.ts'
import { inheritKeywords, noKeywords } from './parse-keywords.ts'
import { emptyLayer } from './parse-play.ts'
import type { Include, Keywords, Meta, Play, Playbook, RoleUse, Task, TaskNode, VarsLayer } from './types.ts'

/** A block on the way to a step, and the part of it that the step stands in. */
export interface BlockPart {
  readonly block: BlockId
  readonly part: 'block' | 'rescue' | 'always'
}

/** Identity of one block of one host's list of steps; `hasRescue` decides where its failures go. */
export interface BlockId {
  readonly hasRescue: boolean
}

/** The role that a step belongs to, for its variables and files. */
export interface RoleScope {
  readonly role: string
  readonly params: readonly VarsLayer[]
}

/** What a host does one after the other: the tree of tasks laid flat, with inherited keywords merged in. */
export interface Step {
  readonly node: Task | Include | Meta
  readonly keywords: Keywords
  readonly scope?: RoleScope
  readonly path: readonly BlockPart[]
  /** How many includes lead here; a bound on it stops a file that includes itself for ever. */
  readonly depth: number
}

export interface Surroundings {
  readonly keywords: Keywords
  readonly scope?: RoleScope
  readonly path: readonly BlockPart[]
  readonly depth: number
}

const deepest = 50

/** Steps of a play in order: pre_tasks, roles, tasks, post_tasks, with handlers flushed after each part. */
export function stepsOfPlay(play: Play, playbook: Playbook): readonly Step[] {
  const around: Surroundings = { keywords: { ...play.keywords, when: [] }, path: [], depth: 0 }
  const flush = (): Step => ({ ...around, node: flushOf(play), path: [] })
  const roles = rolesInOrder(play, playbook).flatMap((use) => stepsOfRole(use, playbook, around))
  return [
    ...withFlush(flattenNodes(play.preTasks, playbook, around), flush),
    ...withFlush([...roles, ...flattenNodes(play.tasks, playbook, around)], flush),
    ...withFlush(flattenNodes(play.postTasks, playbook, around), flush),
  ]
}

function withFlush(steps: readonly Step[], flush: () => Step): readonly Step[] {
  return steps.length === 0 ? [] : [...steps, flush()]
}

function flushOf(play: Play): Meta {
  return {
    kind: 'meta',
    file: play.file,
    line: play.line,
    name: 'flush_handlers',
    keywords: noKeywords,
    action: 'flush_handlers',
  }
}

/** A handler of a play or of one of its roles, in the order in which they run. */
export interface Handler {
  readonly steps: readonly Step[]
  readonly names: readonly string[]
}

export function handlersOf(play: Play, playbook: Playbook): readonly Handler[] {
  const around: Surroundings = { keywords: { ...play.keywords, when: [] }, path: [], depth: 0 }
  const ofRoles = [...playbook.roles.values()].flatMap((role) =>
    role.handlers.map((node) => ({ node, scope: { role: role.name, params: [] } })),
  )
  return [...ofRoles, ...play.handlers.map((node) => ({ node, scope: undefined }))].map(
    ({ node, scope }) => ({
      steps: flattenNodes([node], playbook, { ...around, ...(scope ? { scope } : {}) }),
      names: [
        node.name,
        ...(scope ? [`${scope.role} : ${node.name}`] : []),
        ...(node.kind === 'task' ? node.listen : []),
      ],
    }),
  )
}

/** Roles with their dependencies before them, each once. */
export function rolesInOrder(play: Play, playbook: Playbook): readonly RoleUse[] {
  const done = new Set<string>()
  const ordered: RoleUse[] = []
  const visit = (use: RoleUse, stack: readonly string[]): void => {
    if (stack.includes(use.role)) {
      throw new ConfigError(
        `${use.file}:${use.line}: roles depend on each other: ${[...stack, use.role].join(' -> ')}`,
      )
    }
    const key = JSON.stringify([use.role, use.params.vars])
    if (done.has(key)) return
    for (const dependency of playbook.roles.get(use.role)?.dependencies ?? [])
      visit(dependency, [...stack, use.role])
    done.add(key)
    ordered.push(use)
  }
  for (const use of play.roles) visit(use, [])
  return ordered
}

function stepsOfRole(use: RoleUse, playbook: Playbook, around: Surroundings): readonly Step[] {
  const nodes = playbook.roles.get(use.role)?.tasks.get('main') ?? []
  return flattenNodes(nodes, playbook, {
    ...around,
    keywords: inheritKeywords(around.keywords, use.keywords),
    scope: { role: use.role, params: [use.params] },
  })
}

export function flattenNodes(
  nodes: readonly TaskNode[],
  playbook: Playbook,
  around: Surroundings,
): readonly Step[] {
  return nodes.flatMap((node) => flattenNode(node, playbook, around))
}

function flattenNode(node: TaskNode, playbook: Playbook, around: Surroundings): readonly Step[] {
  const keywords = inheritKeywords(around.keywords, node.keywords)
  if (node.kind === 'include' && !node.dynamic)
    return expandInclude(node, node.target, playbook, { ...around, keywords })
  if (node.kind !== 'block') return [{ ...around, node, keywords }]
  const id: BlockId = { hasRescue: node.rescue.length > 0 }
  const part = (name: BlockPart['part'], list: readonly TaskNode[]): readonly Step[] =>
    flattenNodes(list, playbook, { ...around, keywords, path: [...around.path, { block: id, part: name }] })
  return [...part('block', node.block), ...part('rescue', node.rescue), ...part('always', node.always)]
}

/** Steps that an include stands for; `target` is the rendered name of its file or role. */
export function expandInclude(
  node: Include,
  target: string,
  playbook: Playbook,
  around: Surroundings,
): readonly Step[] {
  const where = `${node.file}:${node.line}`
  if (around.depth >= deepest)
    throw new ConfigError(`${where}: more than ${deepest} includes deep; does ${target} include itself?`)
  const inside = { ...around, depth: around.depth + 1 }
  if (node.what === 'tasks') {
    const nodes = playbook.taskFiles.get(resolve(dirname(node.file), target))
    if (!nodes) throw new ConfigError(`${where}: there is no list of tasks ${target} beside ${node.file}`)
    return flattenNodes(nodes, playbook, inside)
  }
  const role = playbook.roles.get(target)
  const nodes = role?.tasks.get(node.tasksFrom)
  if (!role || !nodes) throw new ConfigError(`${where}: role ${target} has no tasks/${node.tasksFrom}.yml`)
  const params = node.keywords.vars.length > 0 ? node.keywords.vars : [emptyLayer(node.file)]
  return flattenNodes(nodes, playbook, { ...inside, scope: { role: target, params } })
}
