import {
  guardParams,
  guardQuestions,
  observeGuards,
  planGuarded,
  type GuardParams,
  type GuardState,
} from '../command/command-plan.ts'
import { defineModule } from '../types.ts'

interface ShellParams extends GuardParams {
  readonly cmd: string
  readonly chdir?: string
  readonly stdin?: string
  readonly executable: string
}

export const shellModule = defineModule<ShellParams, GuardState>({
  name: 'shell',
  summary: 'runs a command line through the shell',
  schema: {
    params: {
      cmd: { type: 'text', required: true },
      chdir: { type: 'path' },
      stdin: { type: 'text' },
      executable: { type: 'path', default: '/bin/sh' },
      ...guardParams,
    },
    freeForm: 'cmd',
  },
  questions: guardQuestions,
  observe: observeGuards,
  plan: (params, observed) =>
    planGuarded(params, observed, {
      actions: [
        {
          do: 'run',
          argv: [params.executable, '-c', params.cmd],
          ...(params.chdir === undefined ? {} : { cwd: params.chdir }),
          ...(params.stdin === undefined ? {} : { stdin: params.stdin }),
        },
      ],
      shown: params.cmd,
    }),
  result: (params) => ({ cmd: params.cmd }),
  repeatable: false,
  keepsOutput: true,
})
