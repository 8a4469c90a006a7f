import { dirname } from 'node:path'
import type { Become } from '../connection/types.ts'
import { moduleNamed } from '../modules/registry.ts'
import type { AnyModule, ContentSource, Module, ModuleContext, Questions } from '../modules/types.ts'
import { findFile } from '../playbook/find-file.ts'
import { overlay } from '../playbook/context.ts'
import type { Step } from '../playbook/flatten.ts'
import type { Playbook, Task } from '../playbook/types.ts'
import { omit } from '../playbook/variables.ts'
import { evaluate, renderText, renderValue } from '../templates/render.ts'
import type { TemplateContext } from '../templates/scope.ts'
import { becomeOf, type BecomeHosts } from './play-become.ts'
import { holds, isTrue, tolerantly } from './play-conditions.ts'
import { hostOfPlace, linkKey } from './play-links.ts'
import { paramsOf } from './play-params.ts'

/** One task on one host, or one item of its loop, rendered: all that is needed to ask and to plan. */
export interface Unit {
  readonly step: Step
  readonly task: Task
  readonly module: Module<unknown, unknown>
  readonly params: unknown
  readonly questions: Questions
  readonly become: Become | undefined
  readonly environment: Readonly<Record<string, string>>
  readonly context: TemplateContext
  readonly moduleContext: ModuleContext
  readonly title: string
  readonly noLog: boolean
  readonly ignoreErrors: boolean
  readonly check: boolean
  readonly diff: boolean
  /** Where it runs, if not over the host's own link: key of another one (play-links.ts). */
  readonly place: string | undefined
}

/** A unit, or why its task is skipped. */
export type Prepared = Unit | { readonly skipped: string }

export interface UnitEnvironment {
  readonly host: string
  /** Variables of a host of the inventory, for its connection and become. */
  readonly hostVars: (host: string) => Readonly<Record<string, unknown>>
  /** The whole play runs on this machine (connection: local). */
  readonly isLocal: boolean
  readonly playbook: Playbook
  readonly playFile: string
  readonly content: ContentSource
  readonly check: boolean
  readonly diff: boolean
}

/** undefined: `when` says no. Throws PendingValue (inside a ConfigError) for values not known yet. */
export function prepareUnit(step: Step, context: TemplateContext, environment: UnitEnvironment): Prepared {
  const task = step.node as Task
  for (const condition of step.keywords.when) {
    if (!holds(condition, context)) return { skipped: `condition is false: ${String(condition.text)}` }
  }
  const { keywords } = step
  const flag = (value: unknown, otherwise: boolean): boolean =>
    value === undefined ? otherwise : isTrue(renderValue(value, context, task))
  const module = moduleNamed(task.module) as AnyModule as unknown as Module<unknown, unknown>
  const check = flag(keywords.checkMode, environment.check)
  const diff = flag(keywords.diff, environment.diff)
  const moduleContext = moduleContextFor(step, context, { ...environment, check, diff })
  const params = paramsOf(task, module, keywords, context)
  const noLog = isHidden(step, context)
  const place = placeOf(step, context, environment)
  return {
    step,
    task,
    module,
    params,
    questions: module.questions?.(params, moduleContext) ?? {},
    become: becomeOf(step, context, becomeHosts(place, environment)),
    environment: environmentOf(step, context),
    context,
    moduleContext,
    title: titleOf(step, context),
    noLog,
    ignoreErrors: flag(keywords.ignoreErrors, false),
    check,
    diff,
    place,
  }
}

function becomeHosts(place: string | undefined, { host, hostVars }: UnitEnvironment): BecomeHosts {
  const other = hostOfPlace(place) ?? host
  return { own: hostVars(host), ...(other === host ? {} : { other: hostVars(other) }) }
}

/** delegate_to and connection: undefined for the host's own link. */
function placeOf(step: Step, context: TemplateContext, environment: UnitEnvironment): string | undefined {
  const { delegateTo, connection } = step.keywords
  const text = (value: unknown): string => String(renderValue(value, context, step.node))
  const host = delegateTo === undefined ? environment.host : text(delegateTo)
  const isLocal = connection !== undefined && text(connection) === 'local'
  if (host === environment.host && isLocal === environment.isLocal) return undefined
  return linkKey(host, isLocal && delegateTo === undefined)
}

/** no_log: what cannot be told is hidden. */
export function isHidden(step: Step, context: TemplateContext): boolean {
  const { noLog } = step.keywords
  return noLog !== undefined && tolerantly(() => isTrue(renderValue(noLog, context, step.node)), true)
}

/** "role : name (item)"; no item where it is hidden. */
export function titleOf(step: Step, context: TemplateContext): string {
  const { node, scope } = step
  const name = tolerantly(() => renderText(node.name, context, node), node.name)
  const prefix = scope ? `${scope.role} : ` : ''
  if (node.kind !== 'task' || node.loop === undefined) return `${prefix}${name}`
  if (isHidden(step, context)) return `${prefix}${name} (hidden)`
  const label = tolerantly(
    () => (node.loopLabel === undefined ? context[node.loopVar] : renderValue(node.loopLabel, context, node)),
    '',
  )
  return `${prefix}${name} (${typeof label === 'string' ? label : JSON.stringify(label)})`
}

function moduleContextFor(step: Step, context: TemplateContext, environment: UnitEnvironment): ModuleContext {
  const { playbook, content } = environment
  const role = step.scope === undefined ? undefined : playbook.roles.get(step.scope.role)
  const find = (folder: 'files' | 'templates' | 'vars', name: string): string =>
    findFile(name, folder, { role, task: step.node, playFile: environment.playFile, content })
  const render = (text: string, file: string): string => {
    const include = (name: string, locals: Readonly<Record<string, unknown>> = {}): string => {
      const partial = find('templates', name)
      return renderText(content.read(partial).toString('utf8'), overlay(context, { ...locals, include }), {
        file: partial,
      })
    }
    return renderText(text, overlay(context, { include }), { file })
  }
  return {
    host: environment.host,
    check: environment.check,
    diff: environment.diff,
    playFolder: dirname(environment.playFile),
    content,
    find,
    render,
    evaluate: (expression) => evaluate(expression, context, step.node),
  }
}

function environmentOf(step: Step, context: TemplateContext): Readonly<Record<string, string>> {
  const maps = step.keywords.environment.map((value) => renderValue(value, context, step.node))
  const merged = Object.assign({}, ...maps) as Record<string, unknown>
  return Object.fromEntries(
    Object.entries(merged)
      .filter(([, value]) => value !== omit)
      .map(([name, value]) => [name, String(value)]),
  )
}
