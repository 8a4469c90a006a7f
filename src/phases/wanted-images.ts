import { dockerImageModule, imageReference, type ImageParams } from '../modules/docker-image/module.ts'
import type { WantedImage } from '../bootstrap/types.ts'
import type { Host } from '../inventory/types.ts'
import type { Playbook } from '../playbook/types.ts'
import { tolerantly } from './play-conditions.ts'
import { HostContexts } from './play-contexts.ts'
import { HostState } from './play-host-state.ts'
import { hostNamed } from './play-links.ts'
import { planPlay } from './play-plan.ts'
import type { PlanningOptions, PlayPlan } from './play-types.ts'

/**
 * The images that tasks of a playbook want on its hosts, as far as that can be said before any host was asked: a task whose
 * name or condition depends on an answer is left out.
 */
export function wantedImages(playbook: Playbook, options: PlanningOptions): readonly WantedImage[] {
  const states = new Map<string, HostState>()
  const stateOf = (name: string): HostState => {
    const state = states.get(name) ?? new HostState(hostNamed(options.inventory, name))
    states.set(name, state)
    return state
  }
  const tools = { options, stateOf, inventory: () => options.inventory }
  const found = playbook.plays.flatMap((play) => {
    const plan = imageSteps(planPlay(play, playbook, tools))
    if (plan.steps.length === 0) return []
    const shared = { plan, lost: new Set<string>(), running: new Set<string>() }
    return plan.hosts.flatMap((host) =>
      imagesOn(host, plan, new HostContexts(stateOf(host.name), shared, tools)),
    )
  })
  return [...new Map(found.map((each) => [`${each.host} ${each.image}`, each])).values()]
}

function imageSteps(plan: PlayPlan): PlayPlan {
  const steps = plan.steps.filter(
    ({ node }) =>
      node.kind === 'task' && node.module === dockerImageModule.name && !('loop' in node && node.loop),
  )
  return { ...plan, steps }
}

function imagesOn(host: Host, plan: PlayPlan, contexts: HostContexts): readonly WantedImage[] {
  return plan.steps.flatMap((step) => {
    const unit = tolerantly(() => contexts.unitOf(step), { skipped: 'not known yet' })
    if ('skipped' in unit) return []
    const params = unit.params as ImageParams
    if (params.state === 'absent') return []
    return [{ host: host.name, image: imageReference(params), source: params.source }]
  })
}
