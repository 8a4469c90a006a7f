import { unknownWord } from '../kernel/nearest.ts'
import { expandInclude, type Handler, type Step } from '../playbook/flatten.ts'
import type { Include, Playbook } from '../playbook/types.ts'
import { renderText } from '../templates/render.ts'
import { rawLayer, type HostContexts } from './play-contexts.ts'
import type { PlayReport } from './play-report.ts'
import { holds, itemValues, loopItems } from './play-unit.ts'

/** Steps that an include_* stands for on this host, none when its condition is false. */
export function stepsOfInclude(
  step: Step,
  node: Include,
  around: {
    readonly contexts: HostContexts
    readonly playbook: Playbook
    readonly pending: readonly string[]
  },
): readonly Step[] {
  const { contexts, playbook, pending } = around
  const context = contexts.of(step, undefined, pending)
  const items = loopItems(node, context)
  // As in Ansible, condition and tags are the include's own; its tasks do not have them.
  const keywords = { ...step.keywords, when: [], tags: [] }
  return (items ?? [undefined]).flatMap((item, index) => {
    const values = items ? itemValues({ loopVar: node.loopVar }, item, index) : undefined
    const each = values ? contexts.of(step, values, pending) : context
    if (!step.keywords.when.every((condition) => holds(condition, each))) return []
    const vars = values ? [...keywords.vars, rawLayer(node, values)] : keywords.vars
    return expandInclude(node, renderText(node.target, each, node), playbook, {
      ...step,
      keywords: { ...keywords, vars },
    })
  })
}

/** Steps of the handlers that were notified, once each, in the order in which they are written; none is notified then. */
export function takeNotified(
  handlers: readonly Handler[],
  notified: Set<string>,
  report: PlayReport,
): readonly Step[] {
  const known = handlers.flatMap((handler) => handler.names)
  // Said, not refused: the change itself is done.
  for (const name of notified) if (!known.includes(name)) report.note(unknownWord('handler', name, known))
  const wanted = handlers.filter((handler) => handler.names.some((name) => notified.has(name)))
  notified.clear()
  return wanted.flatMap((handler) => handler.steps.map((step) => ({ ...step })))
}
