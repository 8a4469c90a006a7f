import { unknownWord } from '../kernel/nearest.ts'
import type { Step } from '../playbook/flatten.ts'
import type { Handler } from '../playbook/handlers.ts'
import { renderText } from '../templates/render.ts'
import type { TemplateContext } from '../templates/scope.ts'
import { tolerantly } from './play-conditions.ts'
import type { PlayReport } from './play-report.ts'

/** A handler that was notified, and by a task of which role. */
export interface Notified {
  readonly name: string
  readonly role: string | undefined
}

interface Around {
  readonly report: PlayReport
  readonly contextOf: (step: Step) => TemplateContext
}

/**
 * Handlers that one host still has to run, once each, in the order in which they are written. One that is notified by a
 * handler before it runs in the same pass; one that stands before that handler, in the next.
 */
export class DueHandlers {
  readonly #handlers: readonly Handler[]
  readonly #around: Around
  readonly #due = new Set<Handler>()
  /** Where the pass stands. */
  #at = 0

  constructor(handlers: readonly Handler[], around: Around) {
    this.#handlers = handlers
    this.#around = around
  }

  /** Steps of those that run next, up to the first that may notify others; none: no handler is due. */
  take(notified: Notified[]): readonly Step[] {
    this.#add(notified)
    if (this.#due.size === 0) {
      this.#at = 0
      return []
    }
    const isDue = (handler: Handler): boolean => this.#due.has(handler)
    if (!this.#handlers.slice(this.#at).some(isDue)) this.#at = 0
    const taken: Handler[] = []
    while (this.#at < this.#handlers.length && !taken.some(mayNotify)) {
      const handler = this.#handlers[this.#at++] as Handler
      if (this.#due.delete(handler)) taken.push(handler)
    }
    return taken.flatMap(({ steps }) => steps.map((step) => ({ ...step })))
  }

  #add(notified: Notified[]): void {
    if (notified.length === 0) return
    const known = new Set<string>()
    const named = this.#handlers.map((handler) => {
      const names = handler.names.map((name) => nameOf(handler, name, this.#around.contextOf))
      for (const name of [...names, ...handler.listen]) known.add(name)
      return { handler, names }
    })
    for (const { name, role } of notified) {
      const byName = named.filter(({ names }) => names.includes(name)).map(({ handler }) => handler)
      const meant = byName.findLast((each) => each.role === undefined || each.role === role) ?? byName.at(-1)
      const listening = this.#handlers.filter((handler) => handler.listen.includes(name))
      for (const each of [...(meant ? [meant] : []), ...listening]) this.#due.add(each)
      // Said, not refused: the change itself is done.
      if (!known.has(name)) this.#around.report.note(unknownWord('handler', name, [...known]))
    }
    notified.length = 0
  }
}

/** Handlers that a task names, else those of the block around it. */
export function notifiedBy({ node, keywords }: Step): readonly string[] {
  const own = node.kind === 'task' ? node.notify : []
  return own.length > 0 ? own : (keywords.notify ?? [])
}

function mayNotify({ steps }: Handler): boolean {
  return steps.some((step) => step.node.kind !== 'task' || notifiedBy(step).length > 0)
}

function nameOf(handler: Handler, name: string, contextOf: Around['contextOf']): string {
  const step = handler.steps[0]
  return step && name.includes('<%')
    ? tolerantly(() => renderText(name, contextOf(step), step.node), name)
    : name
}
