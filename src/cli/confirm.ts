import { createInterface } from 'node:readline/promises'
import { UsageError } from '../kernel/errors.ts'

/** Asks before something is removed. Without a terminal nobody can answer, so --yes must be given. */
export async function confirm(question: string): Promise<void> {
  if (!process.stdin.isTTY) throw new UsageError(`not done without a yes: ${question}`, { hint: 'add --yes' })
  const asking = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await asking.question(`${question} (yes/no) `)
  asking.close()
  if (answer.trim().toLowerCase() !== 'yes') throw new UsageError('nothing was done')
}
