import type { Become } from '../connection/types.ts'
import type { Vars } from '../inventory/types.ts'
import { questionKey } from '../plan/questions.ts'
import type { Question } from '../plan/types.ts'
import { pendingIn } from '../playbook/context.ts'
import type { Step } from '../playbook/flatten.ts'
import { itemValues, loopItems } from '../playbook/loop-items.ts'
import type { TagChoice } from '../playbook/tags.ts'
import type { Playbook, Task } from '../playbook/types.ts'
import type { TemplateContext } from '../templates/scope.ts'
import { stepsOfInclude } from './play-expand.ts'
import type { Prepared } from './play-unit.ts'

/** More than this in one program would make the first answer late; a site has a few hundred. */
const mostQuestions = 2_000

export interface AheadRequest {
  readonly steps: readonly Step[]
  readonly playbook: Playbook
  /** What the step sees; looking at a name of `pending` throws PendingValue. */
  readonly contextOf: (step: Step, values: Vars | undefined, pending: readonly string[]) => TemplateContext
  /** The task made ready; remembered for its turn where nothing is pending. */
  readonly unitOf: (step: Step, values: Vars | undefined, pending: readonly string[]) => Prepared
  /** Names that will be registered before the first of these steps. */
  readonly pending: readonly string[]
  readonly tags: TagChoice
}

/**
 * What the steps ahead will ask, as far as it can be told now. Asked together with what is needed at once, so that a
 * clean host costs one remote command. A guess that turns out wrong costs a question, never a wrong result: each step
 * looks up its own questions again when its turn has come.
 */
export function questionsAhead(request: AheadRequest, become: Become | undefined): readonly Question[] {
  const found = new Map<string, Question>()
  const given = new Set(request.pending)
  let pending = [...given]
  const walk = (steps: readonly Step[]): void => {
    for (const step of steps) {
      if (found.size >= mostQuestions) return
      try {
        look(step)
      } catch (error) {
        // Not renderable yet (or wrong: then the step itself will say so when its turn has come).
        if (pendingIn(error)?.variable === 'facts') found.set('facts', { ask: 'facts' })
      }
      if (step.node.kind !== 'task') continue
      for (const name of namesGivenBy(step.node)) given.add(name)
      if (given.size > pending.length) pending = [...given]
    }
  }
  const around = {
    contextOf: (step: Step, values?: Vars) => request.contextOf(step, values, pending),
    playbook: request.playbook,
    tags: request.tags,
  }
  const look = (step: Step): void => {
    if (step.node.kind === 'meta' || step.path.some(({ part }) => part === 'rescue')) return
    if (step.node.kind === 'include') return walk(stepsOfInclude(step, step.node, around))
    if (step.keywords.delegateTo !== undefined) return
    for (const values of loopValues(step.node, around.contextOf(step))) {
      if (found.size >= mostQuestions) return
      for (const question of questionsOf(request.unitOf(step, values, pending), become)) {
        found.set(questionKey(question), question)
      }
    }
  }
  walk(request.steps)
  return [...found.values()]
}

function loopValues(task: Task, context: TemplateContext): readonly (Vars | undefined)[] {
  const items = loopItems(task, context)
  return items?.map((item, index) => itemValues(task, item, index, items)) ?? [undefined]
}

function questionsOf(unit: Prepared, become: Become | undefined): readonly Question[] {
  if ('skipped' in unit || unit.place !== undefined) return []
  // assert, debug, set_fact look at values when they are planned: facts that they need are asked for as well.
  if (!unit.module.questions) unit.module.plan(unit.params, undefined, unit.moduleContext)
  return sameBecome(unit.become, become) ? Object.values(unit.questions) : []
}

export function sameBecome(a: Become | undefined, b: Become | undefined): boolean {
  return a?.user === b?.user && a?.method === b?.method && a?.password?.reveal() === b?.password?.reveal()
}

/** Variables that a task will give a value to. */
export function namesGivenBy(task: Task): readonly string[] {
  return [
    ...(task.register === undefined ? [] : [task.register]),
    ...(task.module === 'set_fact' ? Object.keys(task.args) : []),
  ]
}
