import { createInterface } from 'node:readline/promises'
import { UsageError } from '../kernel/errors.ts'
import { openPrompts, withAnswers } from '../playbook/answer-prompts.ts'
import type { Playbook, VarsPrompt } from '../playbook/types.ts'
import { askSecret } from './open-transport.ts'
import type { Clients } from './wire.ts'

/** Asks for what `vars_prompt` of the plays wants and -e does not give; each variable once. */
export async function askVariables(
  playbook: Playbook,
  given: Readonly<Record<string, unknown>>,
  clients: Clients,
): Promise<Playbook> {
  const answers: Record<string, unknown> = {}
  for (const prompt of openPrompts(playbook, given)) answers[prompt.name] = await answerOf(prompt, clients)
  return withAnswers(playbook, answers)
}

async function answerOf(prompt: VarsPrompt, clients: Clients): Promise<unknown> {
  const { name, default: otherwise, file, line } = prompt
  if (!process.stdin.isTTY) {
    if (otherwise !== undefined) return otherwise
    throw new UsageError(
      `${file}:${line}: vars_prompt asks for "${name}", and there is no terminal to ask on`,
      {
        hint: `give it with -e ${name}=VALUE, or -e @FILE for a secret`,
      },
    )
  }
  for (;;) {
    const answer = await askOnce(prompt, prompt.prompt, clients)
    if (!prompt.confirm || answer === (await askOnce(prompt, `confirm ${prompt.prompt}`, clients)))
      return answer === '' && otherwise !== undefined ? otherwise : answer
    process.stderr.write('the two answers differ; once more\n')
  }
}

async function askOnce(prompt: VarsPrompt, question: string, clients: Clients): Promise<string> {
  const shown = prompt.default === undefined ? question : `${question} [${String(prompt.default)}]`
  if (prompt.isPrivate) return (await askSecret(`${shown}: `, clients)).reveal()
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await lines.question(`${shown}: `, { signal: clients.signal })
  } finally {
    lines.close()
  }
}
