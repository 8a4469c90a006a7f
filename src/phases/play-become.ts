import type { Become } from '../connection/types.ts'
import { Secret } from '../kernel/secret.ts'
import type { Step } from '../playbook/flatten.ts'
import { renderValue } from '../templates/render.ts'
import { holds, type TemplateContext } from '../templates/scope.ts'
import { isTrue } from './play-conditions.ts'

type HostVars = Readonly<Record<string, unknown>>

/** What the inventory says of the host that the task is for, and, where it is delegated, of the other one. */
export interface BecomeHosts {
  readonly own: HostVars
  readonly other?: HostVars
}

const names = ['become', 'become_user', 'become_method', 'become_password', 'become_pass'].flatMap((name) => [
  `kmesos_${name}`,
  `ansible_${name}`,
])

/** Whether any variable speaks of become: all tasks of a role share one context, and most have none. */
const speaking = new WeakMap<TemplateContext, boolean>()

function speaks(context: TemplateContext): boolean {
  const known = speaking.get(context) ?? names.some((name) => holds(context, name))
  speaking.set(context, known)
  return known
}

/** Whose rights a step takes: variables of any source, else keywords, as in Ansible. */
export function becomeOf(step: Step, context: TemplateContext, hosts: BecomeHosts): Become | undefined {
  const { keywords, node } = step
  const hasVariables = hosts.other !== undefined || speaks(context)
  if (keywords.become === undefined && !hasVariables) return undefined
  const given = (...wanted: readonly string[]): unknown => {
    for (const name of hasVariables ? wanted : []) {
      const value = variable(name, step, context, hosts)
      if (value !== undefined && value !== null) return value
    }
    return undefined
  }
  const pick = (keyword: unknown, name: string): unknown =>
    given(`kmesos_${name}`, `ansible_${name}`) ??
    (keyword === undefined ? undefined : renderValue(keyword, context, node))
  if (!isTrue(pick(keywords.become, 'become'))) return undefined
  const password = given('kmesos_become_password', 'ansible_become_password', 'ansible_become_pass')
  return {
    user: String(pick(keywords.becomeUser, 'become_user') ?? 'root'),
    method: String(pick(keywords.becomeMethod, 'become_method') ?? 'sudo') as Become['method'],
    ...(password === undefined
      ? {}
      : { password: password instanceof Secret ? password : new Secret(String(password)) }),
  }
}

/** A delegated task does not take what the inventory says of its own host. What a context holds is rendered. */
function variable(name: string, step: Step, context: TemplateContext, { own, other }: BecomeHosts): unknown {
  const others = other?.[name]
  if (others !== undefined && others !== null)
    return others instanceof Secret ? others : renderValue(others, context, step.node)
  if (other && own[name] !== undefined) return undefined
  return holds(context, name) ? context[name] : undefined
}
