import { nearest } from '../kernel/nearest.ts'
import { ConfigError } from '../kernel/errors.ts'
import { Secret } from '../kernel/secret.ts'

/** What a template or an expression sees, by name. Values are plain data and functions; never a Secret. */
export type TemplateContext = Readonly<Record<string, unknown>>

/** The only globals of JavaScript that templates may use; all others are unknown variables. */
const allowedGlobals = new Set([
  ...['JSON', 'Math', 'Object', 'Array', 'String', 'Number', 'Boolean', 'Date', 'RegExp', 'Set', 'Map'],
  ...['undefined', 'NaN', 'Infinity', 'parseInt', 'parseFloat', 'isNaN', 'encodeURIComponent'],
])

/** Names that the compiled template itself uses; the scope must not hide them. */
const compilerNames = new Set([
  'escapeFn',
  'rethrow',
  '__append',
  '__output',
  '__line',
  '__lines',
  '__filename',
])

/** Thrown inside a template for a name that nobody defined; turned into a ConfigError with its place by the renderers. */
export class UndefinedVariable extends Error {}

/**
 * The object that stands behind `with`: knows every name, so that an unknown one is our error with the nearest known
 * name, and nothing of the process (require, process, globalThis) leaks into data files.
 */
export function scopeOf(context: TemplateContext): Record<string, unknown> {
  return new Proxy<Record<string, unknown>>(context, {
    has: (target, name) =>
      typeof name === 'string' &&
      !compilerNames.has(name) &&
      (holds(target, name) || !allowedGlobals.has(name)),
    get: (target, name) => {
      if (typeof name !== 'string') return undefined
      if (holds(target, name)) return target[name]
      throw new UndefinedVariable(undefinedMessage(name, target))
    },
  })
}

/** Contexts may lie over each other; a plain object does not bring along what all objects have. */
export function holds(context: TemplateContext, name: string): boolean {
  return Object.hasOwn(context, name) || (!(context instanceof Object) && name in context)
}

/** All names, those of the contexts below too. */
export function namesIn(context: TemplateContext): readonly string[] {
  const names: string[] = []
  for (const name in context) names.push(name)
  return names
}

/** What `<%= %>` prints: text as it is (no HTML escaping), data as JSON, nothing for undefined but an error. */
export function printed(value: unknown): string {
  if (value === undefined) throw new UndefinedVariable('the value is undefined')
  if (value instanceof Secret) throw new UndefinedVariable('a secret cannot be printed here')
  if (value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The error of a template or an expression that failed, with its place. */
export function templateError(where: string, error: unknown): ConfigError {
  const message = error instanceof Error ? error.message : String(error)
  return new ConfigError(`${where}: ${message}`, [], { cause: error })
}

function undefinedMessage(name: string, target: Readonly<Record<string, unknown>>): string {
  const near = nearest(name, namesIn(target))
  return `variable "${name}" is undefined${near === undefined ? '' : `; did you mean "${near}"?`}`
}
