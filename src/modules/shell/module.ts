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
} from '../command/command-plan.ts'
import { defineModule } from '../types.ts'

interface ShellParams extends GuardParams, InputParams {
  readonly cmd: string
  readonly chdir?: string
  readonly executable: string
}

export const shellModule = defineModule<ShellParams, GuardState>({
  name: 'shell',
  summary: 'runs a command line through the shell',
  schema: {
    params: {
      cmd: { type: 'text', required: true },
      chdir: { type: 'path' },
      ...inputParams,
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
          ...inputOf(params),
        },
      ],
      shown: params.cmd,
    }),
  result: (params, output) => outputResult(params.cmd, output),
  repeatable: false,
  keepsOutput: true,
})
