import { UsageError } from '../kernel/errors.ts'
import { secret, type Secret } from '../kernel/secret.ts'

/** Asks on the terminal without echo; from a pipe one line of standard input is taken instead. */
export async function promptSecret(
  question: string,
  input: NodeJS.ReadStream = process.stdin,
): Promise<Secret> {
  process.stderr.write(question)
  const raw = input.isTTY === true
  if (raw) input.setRawMode(true)
  try {
    return secret(await readLine(input))
  } finally {
    if (raw) input.setRawMode(false)
    input.pause()
    process.stderr.write('\n')
  }
}

const controlC = '\u0003'
const backspaces = new Set(['\u007f', '\b'])

function readLine(input: NodeJS.ReadStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const stop = (): void => void input.off('data', take).off('end', end)
    const end = (): void => {
      stop()
      resolve(text)
    }
    const take = (chunk: Buffer): void => {
      for (const letter of chunk.toString('utf8')) {
        if (letter === '\n' || letter === '\r') return end()
        if (letter === controlC) {
          stop()
          return reject(new UsageError('no password was given'))
        }
        text = backspaces.has(letter) ? text.slice(0, -1) : text + letter
      }
    }
    input.on('data', take).on('end', end)
  })
}
