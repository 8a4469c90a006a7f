import { splitWords } from './shell-words.ts'

/** Time limits of a host: each has its own, so that a slow sudo is not taken for a slow network. */
export interface TimeLimits {
  readonly connectTimeoutMs?: number
  readonly becomeTimeoutMs?: number
  readonly commandTimeoutMs?: number
  /** How long a host that was there may stay away. */
  readonly reconnectTimeoutMs?: number
}

/** Milliseconds of a number of seconds; undefined for what is none. */
export function secondsToMs(value: unknown): number | undefined {
  const number = typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN
  return value !== '' && Number.isFinite(number) && number > 0 && number < 1e6 ? number * 1000 : undefined
}

/** What kmesos sets itself (user, prompt, standard input), or what would take the place of the command. */
const ownFlags =
  /^-(?:[KkbelvVA]|[puUgCchDRTt].*)$|^--(?:prompt|user|background|edit|list|validate|askpass|shell|command|login)/
/** Ansible's defaults `-H -S -n`, and `-s`: kmesos sets them where they fit. */
const passedOver = /^-[nSs]+$/

/** Flags for sudo, su or doas out of `ansible_become_flags`, or what is wrong with them. */
export function becomeFlags(
  text: string,
): { readonly flags: readonly string[] } | { readonly fault: string } {
  const split = splitWords(text, { comments: false })
  if ('fault' in split) return { fault: `cannot be read: ${split.fault.toLowerCase()}` }
  const wrong = split.words.filter((word) => !/^-./.test(word) || ownFlags.test(word))
  if (wrong.length > 0) {
    const shown = wrong.join(' ')
    return {
      fault: `may hold flags as -H, -E, -i or -P; "${shown}" is set by kmesos or takes the command's place`,
    }
  }
  return { flags: split.words.filter((word) => !passedOver.test(word)) }
}
