import { dirname, resolve } from 'node:path'
import { ConfigError } from '../kernel/errors.ts'
import { inheritKeywords, noKeywords } from './parse-keywords.ts'
import { emptyLayer } from './parse-play.ts'
import { withProvided } from './argument-specs.ts'
import { roleKey, rolesInOrder } from './role-order.ts'
import type { Include, Keywords, Meta, Play, Playbook, RoleUse, Task, TaskNode, VarsLayer } from './types.ts'

export { rolesInOrder } from './role-order.ts'

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
  /** vars_from and defaults_from, where they are not main. */
  readonly varsFrom?: string
  readonly defaultsFrom?: string
  /** Roles that this one was included from, the nearest first. */
  readonly parents?: readonly string[]
  /** A host on which a task of a role of this key has run does not run it again; undefined: it does. */
  readonly onceKey?: string
}

/** What a host does one after the other: the tree of tasks laid flat, with inherited keywords merged in. */
export interface Step {
  readonly node: Task | Include | Meta
  readonly keywords: Keywords
  readonly scope?: RoleScope
  readonly path: readonly BlockPart[]
  /** How many includes lead here; a bound on it stops a file that includes itself for ever. */
  readonly depth: number
  /** Of an include: tags of what is around it, without its own. */
  readonly outerTags?: readonly string[]
  /** Ours, not written by anybody: flushing the handlers after a part of the play. */
  readonly implicit?: true
  /** Runs although the host has failed (force_handlers). */
  readonly forced?: true
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
  const around: Surroundings = { keywords: play.keywords, path: [], depth: 0 }
  const flush = (): Step => ({ ...around, node: flushOf(play), implicit: true })
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

function stepsOfRole(use: RoleUse, playbook: Playbook, around: Surroundings): readonly Step[] {
  const role = playbook.roles.get(use.role)
  const spec = role?.argumentSpecs.get('main')
  const nodes = [
    ...(spec ? [withProvided(spec, use.params, use.ownParams)] : []),
    ...(role?.tasks.get('main') ?? []),
  ]
  return flattenNodes(nodes, playbook, {
    ...around,
    keywords: inheritKeywords(around.keywords, use.keywords),
    scope: {
      role: use.role,
      params: [use.params],
      ...(role?.allowDuplicates === true ? {} : { onceKey: roleKey(use) }),
    },
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
  if (node.kind === 'include') return [{ ...around, node, keywords, outerTags: around.keywords.tags }]
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
  const keywords = node.apply ? inheritKeywords(around.keywords, node.apply) : around.keywords
  const inside = { ...around, keywords, depth: around.depth + 1 }
  if (node.what === 'role') return stepsOfIncludedRole(node, target, playbook, inside)
  const nodes = playbook.taskFiles.get(resolve(dirname(node.file), target))
  if (!nodes) throw new ConfigError(`${where}: there is no list of tasks ${target} beside ${node.file}`)
  return flattenNodes(nodes, playbook, inside)
}

function stepsOfIncludedRole(
  node: Include,
  target: string,
  playbook: Playbook,
  inside: Surroundings,
): readonly Step[] {
  const where = `${node.file}:${node.line}`
  const role = playbook.roles.get(target)
  if (!role) throw new ConfigError(`${where}: there is no role ${target}`)
  const part = (folder: string, name: string, files: ReadonlyMap<string, unknown>): void => {
    if (name !== 'main' && !files.has(name))
      throw new ConfigError(`${where}: role ${target} has no ${folder}/${name}.yml`)
  }
  part('tasks', node.tasksFrom, role.tasks)
  part('vars', node.varsFrom, role.varsFiles)
  part('defaults', node.defaultsFrom, role.defaultsFiles)
  part('handlers', node.handlersFrom, role.handlersFiles)
  const scope = scopeOfInclude(node, target, inside)
  const spec = node.unchecked ? undefined : role.argumentSpecs.get(node.tasksFrom)
  const nodes = [...(spec ? [spec] : []), ...(role.tasks.get(node.tasksFrom) ?? [])]
  // A role that is included brings its dependencies, as one of the play's list does.
  const before = role.dependencies.flatMap((use) => stepsOfDependency(use, playbook, inside, [target]))
  return [...before, ...flattenNodes(nodes, playbook, { ...inside, scope })]
}

export function scopeOfInclude(
  node: Include,
  target: string,
  { scope: outer, keywords: around }: Pick<Surroundings, 'keywords' | 'scope'>,
): RoleScope {
  const { tasksFrom, varsFrom, defaultsFrom, handlersFrom, keywords } = node
  // As in Ansible, the item of its loop is a variable of the include: another item is another use of the role.
  const vars = [...keywords.vars, ...(node.loop === undefined ? [] : around.vars.slice(-1))]
  return {
    role: target,
    params: keywords.vars.length > 0 ? keywords.vars : [emptyLayer(node.file)],
    ...(varsFrom === 'main' ? {} : { varsFrom }),
    ...(defaultsFrom === 'main' ? {} : { defaultsFrom }),
    ...(outer ? { parents: [outer.role, ...(outer.parents ?? [])] } : {}),
    ...(node.once
      ? {
          onceKey: JSON.stringify([
            target,
            vars.map((layer) => layer.vars),
            tasksFrom,
            varsFrom,
            defaultsFrom,
            handlersFrom,
          ]),
        }
      : {}),
  }
}

function stepsOfDependency(
  use: RoleUse,
  playbook: Playbook,
  around: Surroundings,
  stack: readonly string[],
): readonly Step[] {
  if (stack.includes(use.role))
    throw new ConfigError(
      `${use.file}:${use.line}: roles depend on each other: ${[...stack, use.role].join(' -> ')}`,
    )
  const inner = playbook.roles.get(use.role)?.dependencies ?? []
  return [
    ...inner.flatMap((each) => stepsOfDependency(each, playbook, around, [...stack, use.role])),
    ...stepsOfRole(use, playbook, around),
  ]
}
