import type { Reporter, RunEvent } from './types.ts'

/** Hands each event to several reporters (the screen, the journal), with all secrets masked in all its texts. */
export function fanOut(reporters: readonly Reporter[], redact: (text: string) => string): Reporter {
  return {
    report: (event) => {
      const masked = redactEvent(event, redact)
      for (const reporter of reporters) reporter.report(masked)
    },
    close: async () => {
      for (const reporter of reporters) await reporter.close()
    },
  }
}

/** Words of the union itself: a secret that happens to be "changed" must not make an event unreadable. */
const wordsOfTheUnion = new Set(['kind', 'status', 'outcome', 'level', 'stream'])

/** The event with every free text inside it masked. */
export function redactEvent(event: RunEvent, redact: (text: string) => string): RunEvent {
  return redactValue(event, redact) as RunEvent
}

function redactValue(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value)
  if (Array.isArray(value)) return value.map((item) => redactValue(item, redact))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      wordsOfTheUnion.has(name) ? member : redactValue(member, redact),
    ]),
  )
}
