/** A command as its words. Strings for a shell are made here and nowhere else. */
export type Argv = readonly string[]

const harmless = /^[A-Za-z0-9_@%+=:,./-]+$/

/** One word, quoted so that any POSIX shell reads it back as it is. */
export function quoteWord(word: string): string {
  if (harmless.test(word)) return word
  return `'${word.replaceAll("'", `'\\''`)}'`
}

/** A whole command, as one could paste it into a shell. */
export function quoteArgv(argv: Argv): string {
  return argv.map(quoteWord).join(' ')
}
