/** One change that a phase would make, as it is shown. */
export interface Change {
  /** `configuration of keystone-api`, `app /prod/mariadb`, `keys on h1`. */
  readonly subject: string
  readonly action: 'create' | 'update' | 'delete'
  readonly message?: string
  /** Unified diff; secrets masked. */
  readonly diff?: string
}

/**
 * One step of a verb's visible list. Only run-phases calls apply, so that --check is not calling it. The plan is made of
 * what was seen, by a pure function; an empty plan and "apply changed nothing" are the same statement.
 */
export interface PhaseDefinition<Seen, Item extends Change> {
  readonly title: string
  readonly observe: (signal: AbortSignal) => Promise<Seen>
  readonly plan: (seen: Seen) => readonly Item[]
  /** Called with a plan that is not empty. */
  readonly apply: (items: readonly Item[], signal: AbortSignal) => Promise<void>
  /** Waits until the change has taken effect; not called with --check. Its text is shown behind the title. */
  readonly settle?: (signal: AbortSignal) => Promise<string | undefined>
}

/** A phase whose own types are hidden, so that phases of all kinds stand in one list. */
export interface Phase {
  readonly title: string
  readonly prepare: (signal: AbortSignal) => Promise<PreparedPhase>
  readonly settle: ((signal: AbortSignal) => Promise<string | undefined>) | undefined
}

export interface PreparedPhase {
  readonly changes: readonly Change[]
  readonly apply: (signal: AbortSignal) => Promise<void>
}

export function phase<Seen, Item extends Change>(definition: PhaseDefinition<Seen, Item>): Phase {
  return {
    title: definition.title,
    prepare: async (signal) => {
      const items = definition.plan(await definition.observe(signal))
      return { changes: items, apply: (applySignal) => definition.apply(items, applySignal) }
    },
    settle: definition.settle,
  }
}

/** A phase that looks and changes nothing: it throws, or its text is shown. */
export function checkPhase(
  title: string,
  check: (signal: AbortSignal) => Promise<string | undefined>,
): Phase {
  let note: string | undefined
  return {
    title,
    prepare: async (signal) => {
      note = await check(signal)
      return { changes: [], apply: () => Promise.resolve() }
    },
    settle: () => Promise.resolve(note),
  }
}
