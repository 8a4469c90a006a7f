/**
 * A regular expression in Python's syntax, as Ansible's parameters have it: named groups `(?P<name>…)`, `\A`, `\Z`, flags in
 * front `(?im)`, `{,n}`; `$` holds before a final line break, `.` excludes "\n" alone. Throws SyntaxError.
 */
export function pythonRegex(
  source: string,
  flags: { readonly multiline?: boolean; readonly global?: boolean } = {},
): RegExp {
  const head = /^\(\?([aimsux]+)\)/.exec(source)
  const given = head?.[1] ?? ''
  const multiline = flags.multiline === true || given.includes('m')
  const body = translated(source.slice(head?.[0].length ?? 0), {
    multiline,
    dotAll: given.includes('s'),
    verbose: given.includes('x'),
  })
  return new RegExp(body, `${flags.global ? 'g' : ''}${given.includes('i') ? 'i' : ''}`)
}

interface Dialect {
  readonly multiline: boolean
  readonly dotAll: boolean
  readonly verbose: boolean
}

/** One token at a time: an escape, a class, the start of a group, anything else. */
const token = /\\[\s\S]|\[\^?\]?(?:\\[\s\S]|[^\]\\])*\]|\(\?P<\w+>|\(\?P=\w+\)|\(\?#[^)]*\)|\{,\d+\}|[\s\S]/g

function translated(source: string, dialect: Dialect): string {
  let comment = false
  return source.replace(token, (part) => {
    if (comment) {
      comment = part !== '\n'
      return ''
    }
    if (dialect.verbose && /^\s$/.test(part)) return ''
    if (dialect.verbose && part === '#') {
      comment = true
      return ''
    }
    return tokenOf(part, dialect)
  })
}

function tokenOf(part: string, { multiline, dotAll }: Dialect): string {
  if (part.startsWith('(?P<')) return `(?<${part.slice(4)}`
  if (part.startsWith('(?P=')) return `\\k<${part.slice(4, -1)}>`
  if (part.startsWith('(?#')) return ''
  if (part.startsWith('{,')) return `{0${part.slice(1)}`
  // A bracket that is first in its class stands for itself.
  if (part.startsWith('[') && part.length > 1) return part.replace(/^(\[\^?)\](?=.)/, '$1\\]')
  switch (part) {
    case '\\A':
      return '(?<![\\s\\S])'
    case '\\Z':
      return '(?![\\s\\S])'
    case '^':
      return multiline ? '(?<![^\\n])' : '(?<![\\s\\S])'
    case '$':
      return multiline ? '(?![^\\n])' : '(?=\\n?(?![\\s\\S]))'
    case '.':
      return dotAll ? '[\\s\\S]' : '[^\\n]'
    default:
      return part
  }
}

/** Python's template of a replacement: `\1`, `\g<1>`, `\g<name>`, `\n`, `\\`. Throws SyntaxError for a group that is not there. */
export function expandTemplate(template: string, match: RegExpExecArray): string {
  return template.replace(
    /\\(?:g<(\w+)>|([1-9]\d?)|([\s\S]))/g,
    (whole, name: string | undefined, number: string | undefined, other: string) => {
      const group = name ?? number
      return group === undefined ? (escapes[other] ?? whole) : groupOf(match, group)
    },
  )
}

/** A group that took part in no match is empty. */
function groupOf(match: RegExpExecArray, group: string): string {
  const known = /^\d+$/.test(group) ? Number(group) < match.length : group in (match.groups ?? {})
  if (!known) throw new SyntaxError(`the expression has no group ${group}`)
  return (/^\d+$/.test(group) ? match[Number(group)] : match.groups?.[group]) ?? ''
}

const escapes: Readonly<Record<string, string>> = {
  ...{ '\\': '\\', n: '\n', t: '\t', r: '\r', '0': '\0', a: '\x07', f: '\f', v: '\v' },
}
