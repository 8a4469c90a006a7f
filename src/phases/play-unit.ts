import type { Become } from '../connection/types.ts'
import type { Vars } from '../inventory/types.ts'
import { ConfigError } from '../kernel/errors.ts'
import { Secret } from '../kernel/secret.ts'
import { missingParams, parseParams } from '../modules/params.ts'
import { moduleNamed } from '../modules/registry.ts'
import type { AnyModule, ContentSource, Module, ModuleContext, Questions } from '../modules/types.ts'
import { findFile } from '../playbook/find-file.ts'
import { overlay } from '../playbook/context.ts'
import type { Step } from '../playbook/flatten.ts'
import type { Expression, Playbook, Task } from '../playbook/types.ts'
import { omit } from '../playbook/variables.ts'
import { evaluate, renderText, renderValue } from '../templates/render.ts'
import type { TemplateContext } from '../templates/scope.ts'

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
  readonly delegateTo: string | undefined
}

/** A unit, or why its task is skipped. */
export type Prepared = Unit | { readonly skipped: string }

export interface UnitEnvironment {
  readonly host: string
  readonly hostVars: Readonly<Record<string, unknown>>
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
  const params = paramsOf(task, module, context)
  return {
    step,
    task,
    module,
    params,
    questions: module.questions?.(params, moduleContext) ?? {},
    become: becomeOf(step, context, environment),
    environment: environmentOf(step, context),
    context,
    moduleContext,
    title: titleOf(step, context),
    noLog: flag(keywords.noLog, false),
    ignoreErrors: flag(keywords.ignoreErrors, false),
    check,
    diff,
    delegateTo:
      keywords.delegateTo === undefined ? undefined : String(renderValue(keywords.delegateTo, context, task)),
  }
}

/** "role : name (item)". */
export function titleOf(step: Step, context: TemplateContext): string {
  const { node, scope } = step
  const name = tolerantly(() => renderText(node.name, context, node), node.name)
  const prefix = scope ? `${scope.role} : ` : ''
  if (node.kind !== 'task' || node.loop === undefined) return `${prefix}${name}`
  const label = tolerantly(
    () => (node.loopLabel === undefined ? context[node.loopVar] : renderValue(node.loopLabel, context, node)),
    '',
  )
  return `${prefix}${name} (${typeof label === 'string' ? label : JSON.stringify(label)})`
}

/** A name that cannot be rendered (yet) must not fail the task. */
function tolerantly<T>(make: () => T, otherwise: T): T {
  try {
    return make()
  } catch {
    return otherwise
  }
}

export function holds(condition: Expression, context: TemplateContext): boolean {
  if (typeof condition.text === 'boolean') return condition.text
  return isTrue(
    condition.text.includes('<%')
      ? renderValue(condition.text, context, condition)
      : evaluate(condition.text, context, condition),
  )
}

/** Values of conditions as Ansible users write them: the texts "false", "no" and "" are false. */
export function isTrue(value: unknown): boolean {
  if (typeof value === 'string') return !['', 'false', 'no', 'off', '0'].includes(value.toLowerCase())
  return Boolean(value)
}

/** The items of a loop. Throws ConfigError when it is no list. */
export function loopItems(
  task: Pick<Task, 'loop' | 'file' | 'line'>,
  context: TemplateContext,
): readonly unknown[] | undefined {
  if (task.loop === undefined) return undefined
  const items = renderValue(task.loop, context, task)
  if (Array.isArray(items)) return items as unknown[]
  throw new ConfigError(`${task.file}:${task.line}: loop must be a list, got ${JSON.stringify(items)}`)
}

export function itemValues(task: Pick<Task, 'loopVar' | 'indexVar'>, item: unknown, index: number): Vars {
  return { [task.loopVar]: item, ...(task.indexVar === undefined ? {} : { [task.indexVar]: index }) }
}

function paramsOf(task: Task, module: Module<unknown, unknown>, context: TemplateContext): unknown {
  const given: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(task.args)) {
    const rendered = renderValue(value, context, { file: task.file, line: task.argLines[name] ?? task.line })
    if (rendered !== omit) given[name] = withoutOmitted(rendered)
  }
  const parsed = parseParams(module.schema, given)
  if ('params' in parsed) return parsed.params
  throw new ConfigError(
    `${task.file}:${task.line}: ${task.module}: ${parsed.faults.join('; ')}`,
    [],
    missingParams(module.schema, Object.keys(given)).length > 0
      ? { hint: `see the parameters of ${task.module} in docs/modules.md` }
      : {},
  )
}

/** `omit` inside of a map or a list leaves the member out. */
function withoutOmitted(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => item !== omit).map(withoutOmitted)
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype)
    return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== omit)
      .map(([name, member]) => [name, withoutOmitted(member)]),
  )
}

function moduleContextFor(step: Step, context: TemplateContext, environment: UnitEnvironment): ModuleContext {
  const { playbook, content } = environment
  const role = step.scope === undefined ? undefined : playbook.roles.get(step.scope.role)
  const find = (folder: 'files' | 'templates', name: string): string =>
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
    content,
    find,
    render,
    evaluate: (expression) => evaluate(expression, context, step.node),
  }
}

function becomeOf(step: Step, context: TemplateContext, environment: UnitEnvironment): Become | undefined {
  const { keywords, node } = step
  const { hostVars } = environment
  const wanted = keywords.become ?? hostVars['kmesos_become'] ?? hostVars['ansible_become'] ?? false
  if (!isTrue(renderValue(wanted, context, node))) return undefined
  const pick = (keyword: unknown, name: string, otherwise: string): string =>
    String(
      renderValue(
        keyword ?? hostVars[`kmesos_${name}`] ?? hostVars[`ansible_${name}`] ?? otherwise,
        context,
        node,
      ),
    )
  const password = ['kmesos_become_password', 'ansible_become_password', 'ansible_become_pass']
    .map((name) => hostVars[name])
    .find((value) => value !== undefined && value !== null)
  return {
    user: pick(keywords.becomeUser, 'become_user', 'root'),
    method: pick(keywords.becomeMethod, 'become_method', 'sudo') as Become['method'],
    ...(password === undefined
      ? {}
      : { password: password instanceof Secret ? password : new Secret(String(password)) }),
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
