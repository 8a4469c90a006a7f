/** A command as its words. Strings for a shell are made here and nowhere else. */
export type Argv = readonly string[]

// A word that begins with = is the path of a program to zsh, and a place of the directory stack to tcsh.
const harmless = /^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*$/

/** One word, quoted so that any POSIX shell reads it back as it is. */
export function quoteWord(word: string): string {
  if (harmless.test(word)) return word
  return `'${word.replaceAll("'", `'\\''`)}'`
}

/** A whole command, as one could paste it into a shell. */
export function quoteArgv(argv: Argv): string {
  return argv.map(quoteWord).join(' ')
}

/** What no quoting keeps in every shell: csh takes ! and a newline within quotes, fish a backslash and a quote after one. */
const readDifferently = /['!\\]|[^ -~]/

/**
 * The same for the login shell of whatever user, which may be csh, tcsh or fish: words that those would read otherwise are told
 * in octal to a POSIX sh, which takes the login shell's place.
 */
export function quoteForLoginShell(argv: Argv): string {
  const text = quoteArgv(argv)
  if (!argv.some((word) => readDifferently.test(word))) return text
  // The program keeps the process's id, so that it is the head of its group; builtins cannot be run so.
  const program = replacesShell.has(argv[0] ?? '') ? `exec ${text}` : text
  return `exec sh -c 'eval "$(printf %b "$0")"' '${inOctal(program)}'`
}
const replacesShell: ReadonlySet<string> = new Set(['sh', 'sudo', 'su', 'doas'])

/** For `printf %b`, out of letters that every shell keeps between single quotes. */
function inOctal(text: string): string {
  const octal = (byte: number): string => `\\0${byte.toString(8).padStart(3, '0')}`
  const isKept = (letter: string): boolean => !readDifferently.test(letter)
  return [...text]
    .map((letter) => (isKept(letter) ? letter : [...Buffer.from(letter)].map(octal).join('')))
    .join('')
}
