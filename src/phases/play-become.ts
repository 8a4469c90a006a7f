import type { Become } from '../connection/types.ts'
import { Secret } from '../kernel/secret.ts'
import type { Step } from '../playbook/flatten.ts'
import { renderValue } from '../templates/render.ts'
import type { TemplateContext } from '../templates/scope.ts'
import { isTrue } from './play-conditions.ts'

/** Whose rights a step takes: keywords, else the variables of the host that it runs on. */
export function becomeOf(
  step: Step,
  context: TemplateContext,
  hostVars: Readonly<Record<string, unknown>>,
): Become | undefined {
  const { keywords, node } = step
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
