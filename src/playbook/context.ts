import { ConfigError } from '../kernel/errors.ts'
import { Secret } from '../kernel/secret.ts'
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

/** Makes a value on first use; it is remembered in the context that was looked at. */
export type Lazy = (context: TemplateContext) => unknown

/** What all contexts of one host and role share. */
export interface Shared {
  /** Names that nothing may override. */
  readonly reserved: ReadonlySet<string>
  readonly looks: Looks
}

/** Counts looks at other hosts. What was made with such a look is not remembered: they change at their own pace. */
export interface Looks {
  count: number
}

/**
 * A context over another one, or over nothing: the names that templates and expressions see. `layers`: lowest precedence
 * first, all stronger than what is below, but for `reserved` names. A variable that holds a template is rendered when it is
 * looked at, with the context through which it is looked at, and remembered there; variables that refer to each other in a
 * ring are an error. What is below is shared, not copied: a context costs what it adds.
 */
export function layered(
  below: TemplateContext,
  layers: readonly VarsLayer[],
  shared: Shared,
): Record<string, unknown> {
  const context = Object.create(below) as Record<string, unknown>
  const winners = new Map<string, VarsLayer>()
  for (const layer of layers) for (const name of Object.keys(layer.vars)) winners.set(name, layer)
  for (const [name, layer] of winners) {
    if (shared.reserved.has(name)) continue
    const value = layer.vars[name]
    if (layer.raw || !holdsTemplate(value)) setPlain(context, name, value)
    else defineLazy(context, name, rendered(name, layer), shared.looks)
  }
  return context
}

/**
 * The lowest context, over all variables of a host: nothing is copied, since a host of a large site has hundreds of them in
 * a dozen layers and a play looks at a few. Names given to it by setPlain and defineLazy win over the layers.
 */
export function rootContext(
  layers: readonly VarsLayer[],
  looks: Looks,
  below: TemplateContext,
): Record<string, unknown> {
  const strongestFirst = layers.toReversed()
  const layerWith = (name: string): VarsLayer | undefined =>
    strongestFirst.find((layer) => Object.hasOwn(layer.vars, name))
  const lazies = new Map<string, Lazy>()
  const lazyOf = (name: string, layer: VarsLayer): Lazy => {
    const lazy = lazies.get(name) ?? rendered(name, layer)
    lazies.set(name, lazy)
    return lazy
  }
  return new Proxy<Record<string, unknown>>(Object.create(null) as Record<string, unknown>, {
    has: (own, name) =>
      name in own || (typeof name === 'string' && (layerWith(name) !== undefined || name in below)),
    get: (own, name, context: Record<string, unknown>) => {
      if (typeof name !== 'string' || name in own) return Reflect.get(own, name, context) as unknown
      const layer = layerWith(name)
      const value = layer?.vars[name]
      if (!layer) {
        const fact: unknown = Reflect.get(below, name, context)
        return fact
      }
      if (layer.raw || !holdsTemplate(value)) return value
      return remembered(context, name, lazyOf(name, layer), looks)
    },
    ownKeys: (own) => [
      ...new Set([...Reflect.ownKeys(own), ...layers.flatMap((layer) => Object.keys(layer.vars))]),
    ],
    getOwnPropertyDescriptor: (own, name) => {
      const isLayers = typeof name === 'string' && !(name in own) && layerWith(name) !== undefined
      return isLayers
        ? { enumerable: true, configurable: true, writable: true, value: undefined }
        : Reflect.getOwnPropertyDescriptor(own, name)
    },
  })
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
  const over = Object.create(context) as Record<string, unknown>
  for (const [name, value] of Object.entries(values)) setPlain(over, name, value)
  return over
}

export function setPlain(context: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(context, name, { value, enumerable: true, configurable: true, writable: true })
}

export function defineLazy(context: Record<string, unknown>, name: string, make: Lazy, looks: Looks): void {
  Object.defineProperty(context, name, {
    enumerable: true,
    configurable: true,
    get(this: Record<string, unknown>) {
      return remembered(this, name, make, looks)
    },
  })
}

function remembered(context: Record<string, unknown>, name: string, make: Lazy, looks: Looks): unknown {
  const before = looks.count
  const value = make(context)
  if (looks.count === before) setPlain(context, name, value)
  return value
}

function rendered(name: string, layer: VarsLayer): Lazy {
  let busy = false
  return (context) => {
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
  // It is opened when it is looked at, and not before.
  if (value instanceof Secret) return true
  const remembered = known.get(value)
  if (remembered !== undefined) return remembered
  const holds = Object.entries(value).some(([name, member]) => name.includes('<%') || holdsTemplate(member))
  known.set(value, holds)
  return holds
}
