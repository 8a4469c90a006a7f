import { ConfigError } from '../kernel/errors.ts'
import { missingParams, parseParams } from '../modules/params.ts'
import type { Module } from '../modules/types.ts'
import type { Keywords, Task } from '../playbook/types.ts'
import { omit } from '../playbook/variables.ts'
import { renderValue } from '../templates/render.ts'
import type { TemplateContext } from '../templates/scope.ts'

/** The parameters of a task, rendered and checked; what it does not give comes from module_defaults. */
export function paramsOf(
  task: Task,
  module: Module<unknown, unknown>,
  keywords: Keywords,
  context: TemplateContext,
): unknown {
  const given: Record<string, unknown> = defaultsOf(task, module, keywords, context)
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

function defaultsOf(
  task: Task,
  module: Module<unknown, unknown>,
  { moduleDefaults }: Keywords,
  context: TemplateContext,
): Record<string, unknown> {
  const given: Record<string, unknown> = {}
  if (moduleDefaults === undefined || moduleDefaults.length === 0) return given
  for (const each of moduleDefaults) {
    for (const [name, value] of Object.entries(each[module.name] ?? {})) {
      const rendered = renderValue(value, context, task)
      if (rendered !== omit) given[name] = withoutOmitted(rendered)
    }
  }
  // Another name of a parameter that the task gives itself.
  for (const [name, param] of Object.entries(module.schema.params)) {
    const names = [name, ...(param.aliases ?? [])]
    if (names.some((word) => task.args[word] !== undefined)) for (const word of names) delete given[word]
  }
  return given
}
