import type { Become } from '../connection/types.ts'
import { parseFacts } from '../facts/parse-facts.ts'
import { questionKey } from '../plan/questions.ts'
import type { Question } from '../plan/types.ts'
import type { Step } from '../playbook/flatten.ts'
import { namesGivenBy, questionsAhead } from './play-ahead.ts'
import type { HostContexts } from './play-contexts.ts'
import type { ActingEntry } from './play-entry.ts'
import type { HostState } from './play-host-state.ts'
import { leftoverNote } from './play-leftover.ts'
import type { HostLink, ProgramResult } from './play-link.ts'
import { linkKey } from './play-links.ts'
import type { PlayReport } from './play-report.ts'
import { failedResult, judge, type Judged } from './play-result.ts'
import { transferFiles } from './play-transfers.ts'
import type { PlayPlan, RunTools } from './play-types.ts'

/** Steps that are still to come in this play, and the names that will be given a value before the first of them. */
export interface Ahead {
  readonly steps: readonly Step[]
  readonly pending: readonly string[]
}

/** Sends a host's programs: questions with those ahead, changes with the questions that follow them. */
export class HostPrograms {
  readonly #state: HostState
  readonly #plan: PlayPlan
  readonly #tools: RunTools
  readonly #contexts: HostContexts
  readonly #report: PlayReport

  constructor(
    state: HostState,
    plan: PlayPlan,
    parts: { readonly tools: RunTools; readonly contexts: HostContexts; readonly report: PlayReport },
  ) {
    this.#state = state
    this.#plan = plan
    this.#tools = parts.tools
    this.#contexts = parts.contexts
    this.#report = parts.report
  }

  /** The link of a place; undefined is the host's own (or, with `connection: local` for the whole play, this machine). */
  linkOf(place: string | undefined): HostLink {
    const isLocal = this.#plan.play.keywords.connection === 'local'
    return this.#tools.links.get(place ?? linkKey(this.#state.host.name, isLocal))
  }

  /** Asks what is needed now together with what the steps ahead will need. */
  async ask(
    link: HostLink,
    needed: readonly Question[],
    about: { readonly become: Become | undefined; readonly ahead: Ahead },
  ): Promise<void> {
    const questions = unique([...needed, ...this.#ahead(link, about.ahead, about.become)])
    await this.#run(link, [], { questions, become: about.become })
  }

  /** Applies entries of one user in one program, and asks anew what they may have made untrue. */
  async apply(
    link: HostLink,
    entries: readonly ActingEntry[],
    ahead: Ahead,
  ): Promise<Map<ActingEntry, Judged>> {
    const become = entries[0]?.unit.become
    link.forget(entries.flatMap((entry) => entry.plan.touches))
    if (entries.some((entry) => entry.plan.changed)) this.#tools.counters.changes++
    const refused = await transferFiles(link, entries, {
      content: this.#tools.options.content,
      lost: () => this.#lost(),
    })
    if (refused) return refused
    return await this.#run(link, entries, { questions: this.#ahead(link, ahead, become), become })
  }

  /** Questions of what comes after in this play and the later ones, without those whose answers are known. */
  #ahead(link: HostLink, ahead: Ahead, become: Become | undefined): readonly Question[] {
    if (link !== this.linkOf(undefined)) return []
    const later = this.#tools.later.filter((plan) => plan.hostNames.has(this.#state.host.name))
    const pending = [...ahead.pending]
    const questions = [
      { plan: this.#plan, steps: ahead.steps },
      ...later.map((plan) => ({ plan, steps: plan.steps })),
    ].flatMap(({ plan, steps }) => {
      const found = questionsAhead(
        {
          steps,
          playbook: plan.playbook,
          pending: [...pending],
          tags: this.#tools.options,
          contextOf: (step, values, names) => this.#contexts.of(step, values, names, plan),
          unitOf: (step, values, names) => this.#contexts.unitOf(step, values, names, plan),
        },
        become,
      )
      pending.push(...steps.flatMap((step) => (step.node.kind === 'task' ? namesGivenBy(step.node) : [])))
      return found
    })
    return unique(questions).filter((question) => link.recall(question, become) === undefined)
  }

  async #run(
    link: HostLink,
    entries: readonly ActingEntry[],
    asked: { readonly questions: readonly Question[]; readonly become: Become | undefined },
  ): Promise<Map<ActingEntry, Judged>> {
    const judged = new Map<ActingEntry, Judged>()
    const steps = entries.map(({ unit, plan }) => ({
      title: unit.title,
      actions: plan.actions,
      environment: unit.environment,
      // All items of a loop are tried, as in Ansible; the task is judged after the last one.
      continueOnError: unit.ignoreErrors || unit.task.loop !== undefined,
    }))
    const listener = this.#listener(entries, judged)
    const lost = (): void => this.#lost()
    const result: ProgramResult = await link.run({ steps, listener, lost, ...asked })
    if (result.cutOff !== undefined) this.#cutOff(entries[result.cutOff], judged)
    const facts = link.recall({ ask: 'facts' }, asked.become)
    const isOwn = link === this.linkOf(undefined)
    if (isOwn && this.#state.facts === undefined && facts?.ask === 'text')
      this.#state.learnFacts(parseFacts(facts.text))
    return judged
  }

  #listener(
    entries: readonly ActingEntry[],
    judged: Map<ActingEntry, Judged>,
  ): Parameters<HostLink['run']>[0]['listener'] {
    return {
      waiting: (leftover) => this.#report.note(leftoverNote(this.#state.host.name, leftover)),
      stepStarted: (step) => this.#report.started(entries[step]?.title ?? ''),
      output: (step, line, stream) => {
        const entry = entries[step]
        if (entry && !entry.unit.noLog && !entry.unit.module.quiet)
          this.#report.output(entry.title, line, stream)
      },
      stepEnded: (step, output) => {
        const entry = entries[step]
        if (entry) judged.set(entry, judge(entry.unit, entry.plan, { output }))
      },
    }
  }

  #lost(): void {
    this.#report.note(`connection to ${this.#state.host.name} lost, opening another one`)
  }

  /**
   * The host was started anew in the middle of a step. What can be repeated is looked at again and done again where needed; the outcome of a
   * command is unknown, and to run it twice may do harm.
   */
  #cutOff(entry: ActingEntry | undefined, judged: Map<ActingEntry, Judged>): void {
    this.#report.note(`${this.#state.host.name} does not know its program any more, looking at what was done`)
    if (entry?.unit.module.repeatable !== false) return
    const message = 'unknown: connection lost while running; not run again since it is a command'
    const wayOut =
      'was the host started anew? Look at what it did; then run the playbook again, with creates: or removes: where that tells it is done'
    judged.set(entry, failedResult(message, wayOut))
  }
}

function unique(questions: readonly Question[]): readonly Question[] {
  return [...new Map(questions.map((question) => [questionKey(question), question])).values()]
}
