import { InternalError } from '../kernel/errors.ts'
import { questionKey, readsOf } from '../plan/questions.ts'
import type { Answer } from '../plan/types.ts'
import type { HostContexts } from './play-contexts.ts'
import type { HostState } from './play-host-state.ts'
import type { Ahead, HostPrograms } from './play-program.ts'
import { prepareUnit, type Unit } from './play-unit.ts'

export interface Observed {
  readonly value: unknown
  readonly reads: readonly string[]
}

/** What the observation of a unit looks at. */
export function readsOfUnit(unit: Unit): readonly string[] {
  return Object.values(unit.questions).flatMap(readsOf)
}

/** The observation, when all its answers are known and hold. Throws ObservationError when the host could not tell. */
export function recallObserved(unit: Unit, programs: HostPrograms): Observed | undefined {
  const link = programs.linkOf(unit.place)
  const answers: Record<string, Answer> = {}
  for (const [name, question] of Object.entries(unit.questions)) {
    const answer = link.recall(question, unit.become)
    if (!answer) return undefined
    answers[name] = answer
  }
  return { value: unit.module.observe?.(answers, unit.params), reads: readsOfUnit(unit) }
}

/** Asks for the observation of a unit, and for what comes after it. */
export async function askFor(unit: Unit, programs: HostPrograms, ahead: Ahead): Promise<void> {
  const questions = Object.values(unit.questions)
  const link = programs.linkOf(unit.place)
  await programs.ask(link, questions, { become: unit.become, ahead })
  for (const question of questions) {
    if (!link.recall(question, unit.become)) throw new InternalError(`no answer to ${questionKey(question)}`)
  }
}

/** Asks for the facts, as the user that the next task becomes, so that its questions travel in the same program. */
export async function askFacts(
  state: HostState,
  parts: { readonly programs: HostPrograms; readonly contexts: HostContexts },
  ahead: Ahead,
): Promise<void> {
  const { programs, contexts } = parts
  const become = becomeOfNext(ahead, contexts)
  await programs.ask(programs.linkOf(undefined), [{ ask: 'facts' }], { become, ahead })
  if (state.facts === undefined) throw new InternalError(`no facts of ${state.host.name}`)
}

function becomeOfNext({ steps }: Ahead, contexts: HostContexts): Unit['become'] {
  const step = steps.find((each) => each.node.kind === 'task')
  if (!step) return undefined
  try {
    const always = { ...step, keywords: { ...step.keywords, when: [] } }
    const unit = prepareUnit(always, contexts.of(step), contexts.environment())
    return 'skipped' in unit ? undefined : unit.become
  } catch {
    // Its parameters need the facts themselves.
    return undefined
  }
}
