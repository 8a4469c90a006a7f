import { Interrupted } from './format-error.ts'

/**
 * The first SIGINT or SIGTERM aborts the signal: what runs is brought to a clean end, nothing new begins. The second one
 * quits at once; that loses nothing either, a run converges from any point.
 */
export function watchSignals(events: NodeJS.Process, say: (text: string) => void): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    events.on(name, () => {
      const interrupted = new Interrupted(name)
      if (controller.signal.aborted) events.exit(name === 'SIGINT' ? 130 : 143)
      say('stopping; what runs is finished first (again: quit at once)\n')
      controller.abort(interrupted)
    })
  }
  return controller.signal
}
