import type { Action, PathState, TaskPlan } from '../../plan/types.ts'
import { noChange } from '../no-change.ts'
import { stateIn } from '../observation.ts'
import type { ParamSchema } from '../params.ts'
import type { Answers, Questions } from '../types.ts'

/** Shared by command, shell and script: `creates`/`removes` decide whether there is anything to do. */
export interface GuardParams {
  readonly creates?: string
  readonly removes?: string
}

export interface GuardState {
  readonly creates?: PathState
  readonly removes?: PathState
}

export const guardParams = {
  creates: { type: 'path', about: 'skip when this path exists' },
  removes: { type: 'path', about: 'skip when this path does not exist' },
} satisfies Record<string, ParamSchema>

export function guardQuestions(params: GuardParams): Questions {
  return {
    ...(params.creates === undefined ? {} : { creates: { ask: 'stat', path: params.creates } as const }),
    ...(params.removes === undefined ? {} : { removes: { ask: 'stat', path: params.removes } as const }),
  }
}

export function observeGuards(answers: Answers): GuardState {
  return {
    ...('creates' in answers ? { creates: stateIn(answers['creates']) } : {}),
    ...('removes' in answers ? { removes: stateIn(answers['removes']) } : {}),
  }
}

export function planGuarded(
  params: GuardParams,
  observed: GuardState,
  run: { readonly actions: readonly Action[]; readonly shown: string },
): TaskPlan {
  if (observed.creates && observed.creates.kind !== 'absent') {
    return noChange(`${params.creates} exists`, { rc: 0, stdout: '', stderr: '', stdout_lines: [] })
  }
  if (observed.removes?.kind === 'absent') {
    return noChange(`${params.removes} does not exist`, { rc: 0, stdout: '', stderr: '', stdout_lines: [] })
  }
  // A command may do anything, so nothing that was seen before it holds afterwards.
  return { actions: run.actions, changed: true, message: run.shown, touches: ['*'] }
}
