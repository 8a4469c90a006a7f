import { expandInclude, scopeOfInclude, type RoleScope, type Step } from '../playbook/flatten.ts'
import { itemValues, loopItems } from '../playbook/loop-items.ts'
import { isWanted, type TagChoice } from '../playbook/tags.ts'
import type { Include, Playbook } from '../playbook/types.ts'
import type { Vars } from '../inventory/types.ts'
import { renderText } from '../templates/render.ts'
import type { TemplateContext } from '../templates/scope.ts'
import { holds } from './play-conditions.ts'
import { itemLayer } from './play-contexts.ts'

/** Steps that an include_* stands for on one host, none when its condition is false. */
export function stepsOfInclude(
  step: Step,
  node: Include,
  around: {
    readonly contextOf: (step: Step, values?: Vars) => TemplateContext
    readonly playbook: Playbook
    readonly tags: TagChoice
    /** Takes note of a role whose variables the rest of the play is to see. */
    readonly publish?: (role: RoleScope) => void
  },
): readonly Step[] {
  const { contextOf, playbook, tags, publish } = around
  const context = contextOf(step)
  const items = loopItems(node, context)
  // As in Ansible, condition and tags are the include's own; its tasks have those of what is around, and of `apply`.
  const keywords = { ...step.keywords, when: [], tags: step.outerTags ?? [] }
  const steps: Step[] = []
  for (const [index, item] of (items ?? [undefined]).entries()) {
    const values = items ? itemValues(node, item, index, items) : undefined
    const each = values ? contextOf(step, values) : context
    if (!step.keywords.when.every((condition) => holds(condition, each))) continue
    const vars = values ? [...keywords.vars, itemLayer(node, values)] : keywords.vars
    const around = { ...step, keywords: { ...keywords, vars } }
    const target = renderText(node.target, each, node)
    for (const inner of expandInclude(node, target, playbook, around))
      if (isWanted(inner.keywords.tags, tags)) steps.push(inner)
    if (node.public && node.what === 'role') publish?.(scopeOfInclude(node, target, around))
  }
  return steps
}
