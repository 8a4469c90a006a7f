import type { Expression } from '../playbook/types.ts'
import { evaluate, renderValue } from '../templates/render.ts'
import type { TemplateContext } from '../templates/scope.ts'

/** A name that cannot be rendered (yet) must not fail the task. */
export function tolerantly<T>(make: () => T, otherwise: T): T {
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
