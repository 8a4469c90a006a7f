import { hostname, userInfo } from 'node:os'
import { quoteWord } from '../kernel/shell.ts'
import type { Operator } from '../workflows/under-lock.ts'

/** Who runs this: told to those whom the lock stops, and kept in the run's journal. */
export function operatorOf(): Operator {
  return {
    who: nameOfUser(),
    host: hostname(),
    pid: process.pid,
    command: typedCommand(process.argv.slice(2)),
  }
}

/** A user of a container may have no entry in passwd. */
function nameOfUser(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? '?'}`
  }
}

/** The words typed, as one could paste them into a shell; what -e says of secrets is not kept. */
export function typedCommand(words: readonly string[]): string {
  const shown = words.map((word, index) => (isValueOfExtraVars(words, index) ? maskedVars(word) : word))
  return ['kmesos', ...shown].map(quoteWord).join(' ')
}

function isValueOfExtraVars(words: readonly string[], index: number): boolean {
  const before = words[index - 1] ?? ''
  return (
    /^-[A-Za-z]*e$|^--extra-vars$/.test(before) || /^-[A-Za-z]*e.|^--extra-vars=/.test(words[index] ?? '')
  )
}

const secretName = /pass|secret|token|key|credential/i

/** `db_password=x` as `db_password=***`; of JSON and lists nothing is shown when any name in it is a secret's. */
function maskedVars(text: string): string {
  if (!secretName.test(text.replaceAll(/@\S+/g, ''))) return text
  const [, start = '', value = ''] = /^(--extra-vars=|-[A-Za-z]*?e=?)?(.*)$/s.exec(text) ?? []
  if (/^\s*[[{]/.test(value)) return `${start}***`
  const masked = value.replaceAll(
    /([\w.-]+)=('[^']*'|"(?:\\.|[^"\\])*"|\S*)/g,
    (whole: string, name: string) => (secretName.test(name) ? `${name}=***` : whole),
  )
  return start + masked
}
