import { quoteArgv } from '../../kernel/shell.ts'
import type { RunAction } from '../../plan/types.ts'
import { refused } from '../no-change.ts'
import { defineModule } from '../types.ts'
import {
  guardParams,
  guardQuestions,
  observeGuards,
  planGuarded,
  inputOf,
  inputParams,
  outputResult,
  type GuardParams,
  type InputParams,
  type GuardState,
} from './command-plan.ts'
import { expandedLine } from './expand-words.ts'
import { splitWords } from './split-words.ts'

interface CommandParams extends GuardParams, InputParams {
  readonly strip_empty_ends: boolean
  readonly cmd?: string
  readonly argv?: readonly unknown[]
  readonly chdir?: string
}

export const commandModule = defineModule<CommandParams, GuardState>({
  name: 'command',
  summary: 'runs a program, without a shell',
  schema: {
    params: {
      cmd: { type: 'text' },
      argv: { type: 'list', about: 'the words, instead of cmd' },
      chdir: { type: 'path' },
      ...inputParams,
      strip_empty_ends: {
        type: 'flag',
        default: true,
        about: 'take empty lines off the end of stdout and stderr',
      },
      ...guardParams,
    },
    oneOf: [['cmd', 'argv']],
    exclusive: [['cmd', 'argv']],
    freeForm: 'cmd',
  },
  questions: guardQuestions,
  observe: observeGuards,
  plan: (params, observed) => {
    let argv: readonly string[]
    try {
      argv = params.argv?.map(String) ?? splitWords(params.cmd ?? '')
    } catch (error) {
      return refused(`cannot read the command: ${(error as Error).message}`)
    }
    if (argv.length === 0) return refused('the command is empty')
    const line = expandedLine(argv)
    const action: RunAction = {
      do: 'run',
      argv: line === undefined ? argv : ['sh', '-c', `exec ${line}`],
      ...(params.chdir === undefined ? {} : { cwd: params.chdir }),
      ...inputOf(params),
    }
    return planGuarded(params, observed, { actions: [action], shown: quoteArgv(argv) })
  },
  result: (params, output) =>
    outputResult(params.argv ?? splitWords(params.cmd ?? ''), output, params.strip_empty_ends),
  repeatable: false,
  keepsOutput: true,
})
