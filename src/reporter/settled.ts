import type { StateEvent } from './types.ts'

/** Whether nothing more is expected of a subject; whoever reports may say so, and these words mean it anyway. */
export function isSettled(event: StateEvent): boolean {
  return event.final === true || event.state === 'ready' || event.state === 'done'
}
