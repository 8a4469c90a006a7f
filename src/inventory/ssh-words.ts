/** One option of OpenSSH's configuration. */
export interface SshOption {
  readonly name: string
  readonly value: string
}

const valueFlags: Readonly<Record<string, string>> = {
  J: 'ProxyJump',
  i: 'IdentityFile',
  p: 'Port',
  l: 'User',
  F: '-F',
  c: 'Ciphers',
  b: 'BindAddress',
}
/** Flags that stand for an option. */
const optionFlags: Readonly<Record<string, SshOption>> = {
  '4': { name: 'AddressFamily', value: 'inet' },
  '6': { name: 'AddressFamily', value: 'inet6' },
}
/** The others change nothing for us: quiet, verbose, compression, no terminal, no agent or X forwarding, and the like. */
const plainFlags = /^-[46aACfgkKMnNqTtvxXYy]+$/

/** Options behind the words that one would give to ssh; `problem` hears of each that is not supported. */
export function sshOptionsOf(
  words: readonly string[],
  problem: (message: string) => void,
): readonly SshOption[] {
  const found: SshOption[] = []
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    const letter = word.charAt(1)
    if (plainFlags.test(word)) {
      for (const flag of word.slice(1)) if (optionFlags[flag]) found.push(optionFlags[flag])
      continue
    }
    if (!word.startsWith('-') || (letter !== 'o' && !(letter in valueFlags))) {
      problem(`ssh argument "${word}" is not supported; known are -o, -J, -i, -p, -l, -F, -b`)
      continue
    }
    const value = word.length > 2 ? word.slice(2) : words[++at]
    if (value === undefined) problem(`ssh argument "${word}" needs a value`)
    else if (letter === 'o') found.push(optionOf(value))
    else found.push({ name: valueFlags[letter] ?? '', value })
  }
  return found
}

function optionOf(word: string): SshOption {
  const split = /^\s*([^\s=]+)\s*(?:=|\s)\s*([\s\S]*)$/.exec(word)
  return { name: split?.[1] ?? word, value: split?.[2] ?? '' }
}
