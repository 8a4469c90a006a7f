/** Marathon's label selector: comma-joined `a`, `!a`, `a==x`, `a!=x`, `a in (x,y)`, `a notin (x)`. All terms must hold. */
export function matchesSelector(selector: string, labels: Readonly<Record<string, string>>): boolean {
  return termsOf(selector).every((term) => matchesTerm(term, labels))
}

/** Split at commas that stand outside of parentheses. */
function termsOf(selector: string): readonly string[] {
  return selector
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter((term) => term !== '')
}

function matchesTerm(term: string, labels: Readonly<Record<string, string>>): boolean {
  const set = /^(\S+)\s+(in|notin)\s+\((.*)\)$/.exec(term)
  if (set) {
    const [, name = '', operator, list = ''] = set
    const value = labels[name]
    const within =
      value !== undefined &&
      list
        .split(',')
        .map((item) => item.trim())
        .includes(value)
    return operator === 'in' ? within : value !== undefined && !within
  }
  const compared = /^([^!=\s]+)\s*(==|!=)\s*(.*)$/.exec(term)
  if (compared) {
    const [, name = '', operator, value] = compared
    return operator === '==' ? labels[name] === value : name in labels && labels[name] !== value
  }
  return term.startsWith('!') ? !(term.slice(1).trim() in labels) : term in labels
}
