import type { Become } from '../connection/types.ts'
import { digestOf } from '../kernel/digest.ts'
import type { Secret } from '../kernel/secret.ts'
import { questionKey, readsOf } from '../plan/questions.ts'
import { meets } from '../plan/resources.ts'
import type { Answer, Question } from '../plan/types.ts'

/** Seconds-old answers are as good as new; after this long somebody else may have changed the host. */
const answersLiveMs = 120_000

/** When a host was looked at. */
export interface Moment {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Changes on all hosts until then. */
  readonly changes: number
}

interface Remembered extends Moment {
  readonly answer: Answer
  readonly question: Question
}

/** What a host has told, as long as it holds. Other users of the host may be told other things. */
export class KnownAnswers {
  readonly #known = new Map<string, Remembered>()

  remember(
    questions: readonly Question[],
    answers: ReadonlyMap<string, Answer>,
    when: Moment & { readonly become: Become | undefined },
  ): void {
    const { at, changes, become } = when
    for (const question of questions) {
      const answer = answers.get(questionKey(question))
      if (answer) this.#known.set(keyOf(question, become), { answer, question, at, changes })
    }
  }

  /** The answer, when one is known that still holds: a change anywhere makes answers about the network stale. */
  recall(question: Question, become: Become | undefined, now: Moment): Answer | undefined {
    const known = this.#known.get(keyOf(question, become))
    if (!known || now.at - known.at > answersLiveMs) return undefined
    const network = question.ask === 'sh' && question.network === true
    return network && known.changes !== now.changes ? undefined : known.answer
  }

  /** Forgets what a change may have made untrue. */
  forget(touches: readonly string[]): void {
    for (const [key, { question }] of this.#known) {
      if (meets(readsOf(question), touches)) this.#known.delete(key)
    }
  }

  clear(): void {
    this.#known.clear()
  }
}

function keyOf(question: Question, become: Become | undefined): string {
  if (!become) return questionKey(question)
  const password = become.password === undefined ? '' : passwordMark(become.password)
  return `${become.method}:${become.user}:${password}\n${questionKey(question)}`
}

const passwordMarks = new WeakMap<Secret, string>()

/** Tells passwords apart without showing them. */
function passwordMark(password: Secret): string {
  const known = passwordMarks.get(password)
  if (known !== undefined) return known
  const mark = digestOf(password.reveal()).slice(0, 8)
  passwordMarks.set(password, mark)
  return mark
}
