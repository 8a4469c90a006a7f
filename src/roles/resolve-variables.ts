import { messageOf } from '../kernel/errors.ts'
import type { Problem } from '../kernel/problems.ts'
import { renderValue, type Origin } from '../templates/render.ts'
import type { TemplateContext } from '../templates/scope.ts'
import { parseLocated } from './located.ts'
import { FollowOn, problemsOf, RootCause, withoutRepeats } from './root-cause.ts'
import type { SourceText } from './types.ts'

/** A variable before rendering, and where it stands. */
export interface RawVariable {
  readonly value: unknown
  readonly origin: Origin
}

export type RawVariables = ReadonlyMap<string, RawVariable>

/** The members of a defaults file with their lines. */
export function parseDefaults(source: SourceText): {
  readonly variables: RawVariables
  readonly problems: readonly Problem[]
} {
  const { root, problems } = parseLocated(source.text, source.file)
  if (root.value === null) return { variables: new Map(), problems }
  if (root.members === undefined) {
    return { variables: new Map(), problems: [...problems, { where: source.file, message: 'must be a map' }] }
  }
  const entries = root.members.map(
    ({ key, line, at }) => [key, { value: at.value, origin: { file: source.file, line } }] as const,
  )
  return { variables: new Map(entries), problems }
}

export interface ResolvedVariables {
  readonly variables: Readonly<Record<string, unknown>>
  /** Those without a value; each fault is told once, where it stands. */
  readonly failed: ReadonlySet<string>
  readonly problems: readonly Problem[]
}

/**
 * Renders variables that use each other, whatever their order. `functions` are what they may call (`addresses`, `image`).
 * A variable that leads to itself is a problem that names the way.
 */
export function resolveVariables(raw: RawVariables, functions: TemplateContext): ResolvedVariables {
  const problems: Problem[] = []
  const failed = new Set<string>()
  const resolved = new Map<string, unknown>()
  const open: string[] = []
  const context = { ...functions }
  const resolve = (name: string, variable: RawVariable): unknown => {
    if (resolved.has(name)) return resolved.get(name)
    if (failed.has(name)) throw new FollowOn(name)
    if (open.includes(name)) throw circleOf(name, variable, open)
    open.push(name)
    try {
      const value = renderValue(variable.value, context, variable.origin)
      resolved.set(name, value)
      return value
    } catch (error) {
      failed.add(name)
      problems.push(...problemsOf(error, () => problemOf(name, variable.origin, error)))
      throw new FollowOn(name)
    } finally {
      open.pop()
    }
  }
  for (const [name, variable] of raw) {
    const get = (): unknown => resolve(name, variable)
    Object.defineProperty(context, name, { enumerable: true, configurable: true, get })
  }
  for (const [name, variable] of raw) {
    try {
      resolve(name, variable)
    } catch (error) {
      if (!(error instanceof FollowOn)) throw error
    }
  }
  return { variables: Object.fromEntries(resolved), failed, problems: withoutRepeats(problems) }
}

function circleOf(name: string, { origin }: RawVariable, open: readonly string[]): RootCause {
  const way = [...open.slice(open.indexOf(name)), name].join(' -> ')
  return new RootCause(problemOf(name, origin, new Error(`variables use each other in a circle: ${way}`)))
}

/** Messages of nested variables begin with a place each; the variable's own is enough, the rest stays in the text. */
function problemOf(name: string, origin: Origin, error: unknown): Problem {
  const where = `${origin.file}:${origin.line ?? 1}`
  const message = messageOf(error)
  return {
    where,
    message: `${name}: ${message.startsWith(`${where}: `) ? message.slice(where.length + 2) : message}`,
  }
}
