import type { Child } from './child.ts'

/** Signals that mean something to the daemon and nothing to us. SIGTERM and SIGINT are handled in main.ts. */
const forwarded: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH']

/** Returns the function that ends it. */
export function forwardSignals(child: Pick<Child, 'kill'>): () => void {
  const send = (signal: NodeJS.Signals): void => child.kill(signal)
  for (const signal of forwarded) process.on(signal, send)
  return () => {
    for (const signal of forwarded) process.off(signal, send)
  }
}
