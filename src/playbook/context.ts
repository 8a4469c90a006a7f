import { ConfigError } from '../kernel/errors.ts'
import { renderValue } from '../templates/render.ts'
import type { TemplateContext } from '../templates/scope.ts'
import type { VarsLayer } from './types.ts'

/**
 * Thrown when an expression looks at a value that an earlier task of the same window will give (`register`, set_fact) or
 * that must be asked for first (facts). It cuts the window: the runner does what stands before, then looks again.
 */
export class PendingValue extends Error {
  readonly variable: string

  constructor(variable: string) {
    super(`"${variable}" is not known yet`)
    this.variable = variable
  }
}

/** The pending value behind an error of a renderer, if that is what it is. */
export function pendingIn(error: unknown): PendingValue | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each instanceof PendingValue) return each
  }
  return undefined
}

export type Lazy = () => unknown

export interface ContextParts {
  /** Lowest precedence first. */
  readonly layers: readonly VarsLayer[]
  /** Highest precedence; functions marked by `lazily` are called on first use. */
  readonly magic: Readonly<Record<string, unknown>>
  readonly lazily: Readonly<Record<string, Lazy>>
}

/**
 * The names that templates and expressions see. A variable that holds a template is rendered when it is looked at, with
 * this same context, and remembered; variables that refer to each other in a ring are an error.
 */
export function buildContext(parts: ContextParts): TemplateContext {
  const context: Record<string, unknown> = {}
  const winners = new Map<string, VarsLayer>()
  for (const layer of parts.layers) for (const name of Object.keys(layer.vars)) winners.set(name, layer)
  for (const [name, layer] of winners) {
    const value = layer.vars[name]
    if (layer.raw || !holdsTemplate(value)) context[name] = value
    else defineLazy(context, name, rendered(context, name, layer))
  }
  for (const [name, value] of Object.entries(parts.magic)) setPlain(context, name, value)
  for (const [name, make] of Object.entries(parts.lazily)) defineLazy(context, name, make)
  return context
}

/** From now on, looking at this name throws PendingValue. */
export function markPending(context: TemplateContext, name: string): void {
  Object.defineProperty(context, name, {
    enumerable: true,
    configurable: true,
    get: () => {
      throw new PendingValue(name)
    },
  })
}

/** A context with further names over it; lazy variables stay lazy. */
export function overlay(
  context: TemplateContext,
  values: Readonly<Record<string, unknown>>,
): TemplateContext {
  const copy = Object.defineProperties({}, Object.getOwnPropertyDescriptors(context)) as Record<
    string,
    unknown
  >
  for (const [name, value] of Object.entries(values)) setPlain(copy, name, value)
  return copy
}

function setPlain(context: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(context, name, { value, enumerable: true, configurable: true, writable: true })
}

function defineLazy(context: Record<string, unknown>, name: string, make: Lazy): void {
  Object.defineProperty(context, name, {
    enumerable: true,
    configurable: true,
    get: () => {
      const value = make()
      setPlain(context, name, value)
      return value
    },
  })
}

function rendered(context: Record<string, unknown>, name: string, layer: VarsLayer): Lazy {
  let busy = false
  return () => {
    const origin = { file: layer.file, line: layer.lines[name] ?? 1 }
    if (busy) throw new ConfigError(`${origin.file}:${origin.line}: variable "${name}" refers to itself`)
    busy = true
    try {
      return renderValue(layer.vars[name], context, origin)
    } finally {
      busy = false
    }
  }
}

const known = new WeakMap<object, boolean>()

function holdsTemplate(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('<%')
  if (value === null || typeof value !== 'object') return false
  const remembered = known.get(value)
  if (remembered !== undefined) return remembered
  const holds = Object.entries(value).some(([name, member]) => name.includes('<%') || holdsTemplate(member))
  known.set(value, holds)
  return holds
}
