import ejs from 'ejs'
import { Secret } from '../kernel/secret.ts'
import { printed, scopeOf, templateError, type TemplateContext } from './scope.ts'

/** Where a text comes from, for errors: the file and the line on which the text begins (1 for a file of its own). */
export interface Origin {
  readonly file: string
  readonly line?: number
}

type Compiled = (scope: Record<string, unknown>) => string

/** Compiled templates by text: the same few hundred texts are rendered for thousands of hosts. */
const compiledTexts = new Map<string, Compiled>()
const compiledExpressions = new Map<string, (scope: unknown) => unknown>()
const cacheLimit = 5_000

const wholeExpression = /^(\s*)<%=((?:(?!%>)[\s\S])*)%>(\s*)$/

/**
 * Renders EJS text. Undefined variables are errors that name file and line; nothing is HTML-escaped.
 * `include('name', {…})` is there only where the context brings a function of that name.
 */
export function renderText(text: string, context: TemplateContext, origin: Origin): string {
  if (!text.includes('<%')) return text
  try {
    return compileText(text)(scopeOf(context))
  } catch (error) {
    throw templateError(`${origin.file}:${(origin.line ?? 1) + lineOf(error) - 1}`, firstCause(error))
  }
}

/**
 * Renders every string inside a value, and opens the secrets in it: what they hold is no template. A string that is a single `<%= expr %>` becomes the expression's value with its
 * type (number, list, map); YAML is parsed before and never after.
 */
export function renderValue(value: unknown, context: TemplateContext, origin: Origin): unknown {
  if (typeof value === 'string') return renderString(value, context, origin)
  if (value instanceof Secret) return value.plain()
  if (Array.isArray(value)) return value.map((item) => renderValue(item, context, origin))
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype)
    return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      renderText(name, context, origin),
      renderValue(member, context, origin),
    ]),
  )
}

/** The value of one JavaScript expression (`when`, `changed_when`, …). */
export function evaluate(expression: string, context: TemplateContext, origin: Origin): unknown {
  try {
    return compileExpression(expression)(scopeOf(context))
  } catch (error) {
    throw templateError(`${origin.file}:${origin.line ?? 1}`, error)
  }
}

/** Why a text cannot be compiled; undefined when it can. What it names is seen only when it is rendered. */
export function templateFault(text: string): string | undefined {
  const expression = wholeExpression.exec(text)?.[2]
  if (expression !== undefined) return expressionFault(expression)
  return faultOf(() => compileText(text))
}

/** Why an expression is no JavaScript; undefined when it is. */
export function expressionFault(expression: string): string | undefined {
  return faultOf(() => compileExpression(expression))
}

function faultOf(compile: () => unknown): string | undefined {
  try {
    compile()
    return undefined
  } catch (error) {
    const cause = firstCause(error)
    return cause instanceof Error ? cause.message : String(cause)
  }
}

function renderString(text: string, context: TemplateContext, origin: Origin): unknown {
  if (!text.includes('<%')) return text
  const [, before = '', expression, after = ''] = wholeExpression.exec(text) ?? []
  if (expression === undefined) return renderText(text, context, origin)
  const value = evaluate(expression, context, origin)
  // White space around it is part of a text, as in "<%= name %>\n"; a list, a map, a yes or no has no use for it.
  const isText = before + after !== '' && ['string', 'number'].includes(typeof value)
  return isText ? renderText(text, context, origin) : value
}

function compileText(text: string): Compiled {
  return remember(compiledTexts, text, () => {
    // A file name must be given (EJS prints it through `escape`); the real one is put in by renderText.
    const options = { escape: printed, unsafePrototypeLocals: true, compileDebug: true, filename: 'ejs' }
    return ejs.compile(text, options as ejs.Options) as unknown as Compiled
  })
}

function compileExpression(expression: string): (scope: unknown) => unknown {
  return remember(compiledExpressions, expression, () => {
    // `with` is what lets a plain expression see the context's names; EJS does the same.
    // eslint-disable-next-line @typescript-eslint/no-implied-eval
    return new Function('scope', `with (scope) { return (${expression}\n) }`) as (scope: unknown) => unknown
  })
}

function remember<T>(cache: Map<string, T>, key: string, make: () => T): T {
  const known = cache.get(key)
  if (known !== undefined) return known
  if (cache.size >= cacheLimit) cache.clear()
  const made = make()
  cache.set(key, made)
  return made
}

/** EJS puts `ejs:LINE` and an excerpt before the real message; both are taken apart here. */
function lineOf(error: unknown): number {
  const found = error instanceof Error ? /^ejs:(\d+)\n/.exec(error.message) : null
  return found ? Number(found[1]) : 1
}

function firstCause(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const message = /^ejs:\d+\n[\s\S]*?\n\n([\s\S]*)$/.exec(error.message)?.[1] ?? error.message
  // A template that does not compile: EJS adds advice that is of no use here.
  return new Error(message.replace(/ in ejs while compiling ejs[\s\S]*$/, ''), { cause: error })
}
