import type { TaskPlan } from '../plan/types.ts'

/** Nothing to do; `message` says why ("/etc/x is as wanted"). */
export function noChange(message: string, result: Readonly<Record<string, unknown>> = {}): TaskPlan {
  return { actions: [], changed: false, message, touches: [], result }
}

/** The task is refused; nothing is done. */
export function refused(message: string, hint?: string): TaskPlan {
  return {
    actions: [],
    changed: false,
    failed: true,
    message,
    touches: [],
    ...(hint === undefined ? {} : { hint }),
  }
}
