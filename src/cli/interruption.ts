import { setMaxListeners } from 'node:events'
import { Interrupted } from './format-error.ts'

/**
 * The first SIGINT or SIGTERM aborts the signal: what runs is brought to a clean end, nothing new begins. The second one
 * quits at once; that loses nothing either, a run converges from any point.
 */
export function watchSignals(events: NodeJS.Process, say: (text: string) => void): AbortSignal {
  const controller = new AbortController()
  // Hundreds of hosts listen to it at once; Node would warn of a leak from the eleventh on.
  setMaxListeners(0, controller.signal)
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    events.on(name, () => {
      const interrupted = new Interrupted(name)
      if (controller.signal.aborted) events.exit(name === 'SIGINT' ? 130 : 143)
      say('stopping; what runs is finished first (again: quit at once)')
      controller.abort(interrupted)
    })
  }
  return controller.signal
}

/** What Node has to say (a deprecation, say) goes where words go that must not disturb the screen. */
export function redirectWarnings(events: NodeJS.Process, tell: (text: string) => void): void {
  events.removeAllListeners('warning')
  events.on('warning', (warning) => tell(`${warning.name}: ${warning.message}`))
}
