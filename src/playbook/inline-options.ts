/** Ansible's list of what may stand between the words of a command as `name=value`. */
const optionNames = new Set([
  ...['creates', 'removes', 'chdir', 'executable', 'stdin', 'stdin_add_newline', 'strip_empty_ends'],
])

/**
 * Takes the options out of a command written as one text: `touch /srv/a creates=/srv/a`. Words inside of quotes or of a
 * template are the command's own, and so is every other `name=value`.
 */
export function takeInlineOptions(text: string): {
  readonly text: string
  readonly options: Readonly<Record<string, string>>
} {
  const options: Record<string, string> = {}
  const kept = text.replace(word, (whole: string, before: string, name: string, value: string) => {
    if (name === undefined || !optionNames.has(name)) return whole
    options[name] = /^(["'])([\s\S]*)\1$/.exec(value)?.[2] ?? value
    return before === '\n' ? '\n' : ''
  })
  return Object.keys(options).length === 0 ? { text, options } : { text: kept.trim(), options }
}

/** One piece of a word: a quoted text, a template, or plain letters. */
const piece = /"(?:\\[\s\S]|[^"\\])*"|'[^']*'|<%[\s\S]*?%>|[^\s"']/.source
/** A word with what stands before it; `name=value` is taken apart. */
const word = new RegExp(`(^|\\s)(?:([a-z_]+)=((?:${piece})+)|(?:${piece})+)(?=\\s|$)`, 'g')
