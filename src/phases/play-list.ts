import type { Inventory } from '../inventory/types.ts'
import type { Step } from '../playbook/flatten.ts'
import type { Playbook } from '../playbook/types.ts'
import { HostState } from './play-host-state.ts'
import { hostNamed } from './play-links.ts'
import { planPlay } from './play-plan.ts'
import type { PlayPlan, RunPlaysOptions } from './play-types.ts'

/** What of a playbook is listed: --list-tasks, --list-tags, --list-hosts. */
export type Listed = 'tasks' | 'tags' | 'hosts'

/** The plays of a playbook in words, as ansible-playbook lists them; nothing is asked of any host. */
export function listPlays(
  playbook: Playbook,
  options: RunPlaysOptions & { readonly inventory: Inventory },
  what: readonly Listed[],
): string {
  const stateOf = (name: string): HostState => new HostState(hostNamed(options.inventory, name))
  const planning = { options, stateOf, inventory: () => options.inventory }
  const parts = playbook.plays.map((play, index) => {
    const plan = planPlay(play, playbook, planning)
    const head = `  play #${index + 1} (${play.hosts}): ${play.name}\tTAGS: ${tagList(play.keywords.tags)}`
    return [head, ...what.flatMap((each) => linesOf(plan, each))].join('\n')
  })
  return `\nplaybook: ${playbook.file}\n\n${parts.join('\n\n')}\n`
}

function linesOf(plan: PlayPlan, what: Listed): readonly string[] {
  switch (what) {
    case 'hosts':
      return [
        `    pattern: [${plan.play.hosts}]`,
        `    hosts (${plan.hosts.length}):`,
        ...plan.hosts.map((host) => `      ${host.name}`),
      ]
    case 'tasks':
      return [
        '    tasks:',
        ...plan.steps
          .filter((step) => !step.implicit)
          .map((step) => `      ${nameOf(step)}\tTAGS: ${tagList(step.keywords.tags)}`),
      ]
    case 'tags':
      return [`      TASK TAGS: ${tagList(plan.tags)}`]
  }
}

function nameOf({ node, scope }: Step): string {
  return scope ? `${scope.role} : ${node.name}` : node.name
}

function tagList(tags: readonly string[]): string {
  return `[${tags.toSorted().join(', ')}]`
}
