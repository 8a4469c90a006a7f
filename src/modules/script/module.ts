import {
  guardParams,
  guardQuestions,
  observeGuards,
  planGuarded,
  type GuardParams,
  type GuardState,
} from '../command/command-plan.ts'
import { refused } from '../no-change.ts'
import { splitWords } from '../command/split-words.ts'
import { defineModule } from '../types.ts'

interface ScriptParams extends GuardParams {
  readonly cmd: string
  readonly chdir?: string
  readonly executable?: string
}

export const scriptModule = defineModule<ScriptParams, GuardState>({
  name: 'script',
  summary: "runs a script of the role's files/ on the host",
  schema: {
    params: {
      cmd: { type: 'text', required: true, about: 'file name and arguments' },
      chdir: { type: 'path' },
      executable: { type: 'path', about: 'interpreter; unless told, the one in the first line' },
      ...guardParams,
    },
    freeForm: 'cmd',
  },
  questions: guardQuestions,
  observe: observeGuards,
  plan: (params, observed, context) => {
    const [name, ...words] = splitWords(params.cmd)
    if (name === undefined) return refused('the name of a script is missing')
    const text = context.content.read(context.find('files', name)).toString('utf8')
    const interpreter = params.executable ?? /^#!\s*(\S+(?: \S+)?)/.exec(text)?.[1] ?? '/bin/sh'
    // Fed on standard input with `-s`, where the interpreter is a shell: nothing is left behind on the host.
    if (!/\/(env )?(ba|da|k|z|a)?sh$/.test(interpreter)) {
      return refused(
        `${name} wants ${interpreter}, only shells are supported`,
        'copy the script, then use command',
      )
    }
    const run = {
      do: 'run',
      argv: [...interpreter.split(' '), '-s', ...(words.length > 0 ? ['--', ...words] : [])],
      stdin: text,
      ...(params.chdir === undefined ? {} : { cwd: params.chdir }),
    } as const
    return planGuarded(params, observed, { actions: [run], shown: params.cmd })
  },
  repeatable: false,
  keepsOutput: true,
})
