import {
  guardParams,
  guardQuestions,
  observeGuards,
  planGuarded,
  outputResult,
  type GuardParams,
  type GuardState,
} from '../command/command-plan.ts'
import { quoteArgv, quoteWord } from '../../kernel/shell.ts'
import type { Action } from '../../plan/types.ts'
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
    unsupported: { decrypt: 'files that Ansible Vault has encrypted are not decrypted by script' },
  },
  questions: guardQuestions,
  observe: observeGuards,
  plan: (params, observed, context) => {
    const [name, ...words] = splitWords(params.cmd)
    if (name === undefined) return refused('the name of a script is missing')
    const text = context.content.read(context.find('files', name)).toString('utf8')
    const interpreter = params.executable ?? /^#!\s*(\S+(?: \S+)?)/.exec(text)?.[1] ?? '/bin/sh'
    const run = isShell(interpreter)
      ? fedRun(params, { text, interpreter, words })
      : stagedRun(params, { text, interpreter, words })
    const plan = planGuarded(params, observed, { actions: [run], shown: params.cmd })
    return { ...plan, skipped: plan.actions.length === 0 }
  },
  result: (params, output) => outputResult(params.cmd, output),
  repeatable: false,
  keepsOutput: true,
})

interface Script {
  readonly text: string
  readonly interpreter: string
  readonly words: readonly string[]
}

function isShell(interpreter: string): boolean {
  return /\/(env )?(ba|da|k|z|a)?sh$/.test(interpreter)
}

/** On standard input with `-s`, where the interpreter is a shell: nothing is written on the host. */
function fedRun(params: ScriptParams, { text, interpreter, words }: Script): Action {
  return {
    do: 'run',
    argv: [...interpreter.split(' '), '-s', ...(words.length > 0 ? ['--', ...words] : [])],
    stdin: text,
    ...(params.chdir === undefined ? {} : { cwd: params.chdir }),
  }
}

/** In the program's own temporary folder, which ends with it. */
function stagedRun(params: ScriptParams, { text, interpreter, words }: Script): Action {
  const base64 = Buffer.from(text).toString('base64').replace(/.{76}/g, '$&\n')
  const script = [
    `base64 -d >"$KM/script" <<'KM_EOF'\n${base64}\nKM_EOF`,
    ...(params.chdir === undefined ? [] : [`cd -- ${quoteWord(params.chdir)}`]),
    `${quoteArgv(interpreter.split(' '))} "$KM/script" ${quoteArgv(words)}`,
  ]
  return { do: 'script', script: `(\n${script.join('\n')}\n)` }
}
