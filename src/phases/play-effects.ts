import type { Facts } from '../facts/types.ts'
import type { Vars } from '../inventory/types.ts'
import type { Step } from '../playbook/flatten.ts'
import type { Task, VarsLayer } from '../playbook/types.ts'
import { renderValue } from '../templates/render.ts'
import { isTrue } from './play-conditions.ts'
import type { HostContexts } from './play-contexts.ts'
import type { HostState } from './play-host-state.ts'
import { hostOfPlace } from './play-links.ts'
import type { UnitResult } from './play-result.ts'
import type { RunTools } from './play-types.ts'

interface Around {
  readonly state: HostState
  readonly tools: RunTools
  readonly contexts: HostContexts
}

/** What a task changes in the run itself instead of on a host: variables, hosts, groups. */
export function takeEffects(step: Step, task: Task, results: readonly UnitResult[], around: Around): void {
  for (const result of results) {
    const facts = result['ansible_facts'] as Vars | undefined
    switch (task.module) {
      case 'set_fact':
        if (facts !== undefined) receiverOf(step, task, around)?.setVariables(facts)
        break
      case 'setup':
        if (facts !== undefined) receiverOf(step, task, around)?.learnFacts(facts as unknown as Facts)
        break
      case 'include_vars':
        receiverOf(step, task, around)?.include(result['include_vars'] as readonly VarsLayer[])
        break
      case 'add_host':
        around.tools.addHost(result['add_host'] as AddedHost)
        break
      case 'group_by':
        around.tools.groupBy(around.state.host.name, result['groups'] as readonly string[])
        break
      default:
        break
    }
  }
}

/** A host that a task adds to the run. */
export interface AddedHost {
  readonly name: string
  readonly groups: readonly string[]
  readonly vars: Vars
}

/** delegate_facts: the host that the task was delegated to. */
function receiverOf(step: Step, task: Task, { state, tools, contexts }: Around): HostState | undefined {
  const { delegateFacts, delegateTo } = step.keywords
  if (delegateFacts === undefined || delegateTo === undefined) return state
  const context = contexts.of(step)
  if (!isTrue(renderValue(delegateFacts, context, task))) return state
  return tools.stateOf(hostOfPlace(String(renderValue(delegateTo, context, task))) ?? '')
}
