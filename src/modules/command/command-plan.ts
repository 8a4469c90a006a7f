import type { StepOutput } from '../../plan/program-reader.ts'
import { quoteWord } from '../../kernel/shell.ts'
import type { Action, Answer, PathState, Question, TaskPlan } from '../../plan/types.ts'
import { noChange } from '../no-change.ts'
import { stateIn } from '../observation.ts'
import type { ParamSchema } from '../params.ts'
import type { Answers, Questions } from '../types.ts'

/** Shared by command, shell and script: `creates`/`removes` decide whether there is anything to do. */
export interface GuardParams {
  readonly creates?: string
  readonly removes?: string
}

export interface GuardState {
  readonly creates?: PathState
  readonly removes?: PathState
}

/** What goes to standard input: Ansible ends it with a line break. */
export interface InputParams {
  readonly stdin?: string
  readonly stdin_add_newline: boolean
}

export const inputParams = {
  stdin: { type: 'text' },
  stdin_add_newline: { type: 'flag', default: true, about: 'end stdin with a line break' },
} satisfies Record<string, ParamSchema>

/** The member `stdin` of an action. */
export function inputOf({ stdin, stdin_add_newline: ends }: InputParams): { readonly stdin?: string } {
  return stdin === undefined ? {} : { stdin: ends ? `${stdin}\n` : stdin }
}

/** What is registered of a command's output, besides rc. */
export function outputResult(
  cmd: unknown,
  { stdout, stderr }: StepOutput,
  strips = true,
): Readonly<Record<string, unknown>> {
  const [out, err] = [stdout, stderr].map((text) => (strips ? text.replace(/[\r\n]+$/, '') : text)) as [
    string,
    string,
  ]
  const lines = (text: string): readonly string[] => (text === '' ? [] : text.split('\n'))
  return { cmd, stdout: out, stderr: err, stdout_lines: lines(out), stderr_lines: lines(err) }
}

export const guardParams = {
  creates: { type: 'path', about: 'skip when this path, or one that this glob matches, exists' },
  removes: { type: 'path', about: 'skip when no such path exists' },
} satisfies Record<string, ParamSchema>

export function guardQuestions(params: GuardParams): Questions {
  const { creates, removes } = params
  return {
    ...(creates === undefined ? {} : { creates: existence(creates) }),
    ...(removes === undefined ? {} : { removes: existence(removes) }),
  }
}

/** One question of the shared kind, but for globs, which the shell must expand. */
function existence(path: string): Question {
  if (!/[*?[]/.test(path)) return { ask: 'stat', path }
  const pattern = path
    .split(/([*?]|\[[^\]]*\])/)
    .map((part, index) => (index % 2 === 1 || part === '' ? part : quoteWord(part)))
  return { ask: 'sh', script: `set -- ${pattern.join('')}; [ ! -e "$1" ] || echo there` }
}

function existing(answer: Answer | undefined): PathState {
  if (answer?.ask !== 'text') return stateIn(answer)
  const some = { kind: 'other', mode: '0000', owner: '', group: '', uid: 0, gid: 0, size: 0 } as const
  return answer.text.trim() === 'there' ? some : { kind: 'absent' }
}

export function observeGuards(answers: Answers): GuardState {
  return {
    ...('creates' in answers ? { creates: existing(answers['creates']) } : {}),
    ...('removes' in answers ? { removes: existing(answers['removes']) } : {}),
  }
}

const nothingRan = { rc: 0, stdout: '', stderr: '', stdout_lines: [], stderr_lines: [] }

export function planGuarded(
  params: GuardParams,
  observed: GuardState,
  run: { readonly actions: readonly Action[]; readonly shown: string },
): TaskPlan {
  if (observed.creates && observed.creates.kind !== 'absent') {
    return noChange(`${params.creates} exists`, nothingRan)
  }
  if (observed.removes?.kind === 'absent') {
    return noChange(`${params.removes} does not exist`, nothingRan)
  }
  // A command may do anything, so nothing that was seen before it holds afterwards.
  return { actions: run.actions, changed: true, message: run.shown, touches: ['*'] }
}
