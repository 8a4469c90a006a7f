import { unknownWord } from '../kernel/nearest.ts'
import { expandInclude, type Step } from '../playbook/flatten.ts'
import type { Handler } from '../playbook/handlers.ts'
import { itemValues, loopItems } from '../playbook/loop-items.ts'
import { isWanted, type TagChoice } from '../playbook/tags.ts'
import type { Include, Playbook } from '../playbook/types.ts'
import type { Vars } from '../inventory/types.ts'
import { renderText } from '../templates/render.ts'
import type { TemplateContext } from '../templates/scope.ts'
import { holds, tolerantly } from './play-conditions.ts'
import { itemLayer } from './play-contexts.ts'
import type { PlayReport } from './play-report.ts'

/** Steps that an include_* stands for on one host, none when its condition is false. */
export function stepsOfInclude(
  step: Step,
  node: Include,
  around: {
    readonly contextOf: (step: Step, values?: Vars) => TemplateContext
    readonly playbook: Playbook
    readonly tags: TagChoice
  },
): readonly Step[] {
  const { contextOf, playbook, tags } = around
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
    for (const inner of expandInclude(node, renderText(node.target, each, node), playbook, around))
      if (isWanted(inner.keywords.tags, tags)) steps.push(inner)
  }
  return steps
}

/** A handler that was notified, and by a task of which role. */
export interface Notified {
  readonly name: string
  readonly role: string | undefined
}

/** Steps of the handlers that were notified, once each, in the order in which they are written; none is notified then. */
export function takeNotified(
  handlers: readonly Handler[],
  notified: Notified[],
  around: { readonly report: PlayReport; readonly contextOf: (step: Step) => TemplateContext },
): readonly Step[] {
  const wanted = new Set<Handler>()
  const known = new Set<string>()
  const named = handlers.map((handler) => {
    const names = handler.names.map((name) => nameOf(handler, name, around.contextOf))
    for (const name of [...names, ...handler.listen]) known.add(name)
    return { handler, names }
  })
  for (const { name, role } of notified) {
    const byName = named.filter(({ names }) => names.includes(name)).map(({ handler }) => handler)
    const meant = byName.findLast((each) => each.role === undefined || each.role === role) ?? byName.at(-1)
    const listening = handlers.filter((handler) => handler.listen.includes(name))
    for (const each of [...(meant ? [meant] : []), ...listening]) wanted.add(each)
    // Said, not refused: the change itself is done.
    if (!known.has(name)) around.report.note(unknownWord('handler', name, [...known]))
  }
  notified.length = 0
  return handlers
    .filter((each) => wanted.has(each))
    .flatMap(({ steps }) => steps.map((step) => ({ ...step })))
}

function nameOf(handler: Handler, name: string, contextOf: (step: Step) => TemplateContext): string {
  const step = handler.steps[0]
  return step && name.includes('<%')
    ? tolerantly(() => renderText(name, contextOf(step), step.node), name)
    : name
}
