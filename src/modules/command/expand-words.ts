import { quoteWord } from '../../kernel/shell.ts'

/**
 * Ansible's command has no shell, and yet `$NAME`, `${NAME}` and a leading `~` in its words stand for what they are on the
 * host. As a line of the shell that means just that, or undefined when no word has any: what is not set stays as it is
 * written, and what comes out is never split or looked at again.
 */
export function expandedLine(argv: readonly string[]): string | undefined {
  const words = argv.map(expandedWord)
  return words.some((word, index) => word !== quoteWord(argv[index] ?? '')) ? words.join(' ') : undefined
}

const variable = /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/g

function expandedWord(word: string): string {
  const home = /^~[\w.-]*(?=\/|$)/.exec(word)?.[0] ?? ''
  const rest = word.slice(home.length)
  if (home === '' && rest.search(variable) < 0) return quoteWord(word)
  // Quotes before its slash would make the ~ a letter.
  const slash = home !== '' && rest.startsWith('/') ? '/' : ''
  return `${home}${slash}${withVariables(rest.slice(slash.length))}`
}

function withVariables(text: string): string {
  const parts: string[] = []
  let end = 0
  for (const found of text.matchAll(variable)) {
    const [whole, bare, braced] = found
    if (found.index > end) parts.push(quoteWord(text.slice(end, found.index)))
    parts.push(`"\${${bare ?? braced ?? ''}-${whole.replace(/[$}]/g, '\\$&')}}"`)
    end = found.index + whole.length
  }
  if (end < text.length) parts.push(quoteWord(text.slice(end)))
  return parts.join('')
}
