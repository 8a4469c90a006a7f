export interface LineEdit {
  readonly line?: string
  readonly regexp?: string
  readonly state: 'present' | 'absent'
  readonly insertafter?: string
  readonly insertbefore?: string
}

/** The text with the line put in or taken out; the same text when nothing is to do. */
export function editLines(text: string, edit: LineEdit): string {
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n')
  const isMeant = matcherOf(edit)
  const edited =
    edit.state === 'absent' ? lines.filter((line) => !isMeant(line)) : withLine(lines, edit, isMeant)
  if (edited.length === lines.length && edited.every((line, index) => line === lines[index])) return text
  return edited.length === 0 ? '' : `${edited.join('\n')}\n`
}

function matcherOf(edit: LineEdit): (line: string) => boolean {
  if (edit.regexp === undefined) return (line) => line === edit.line
  const pattern = new RegExp(edit.regexp)
  return (line) => pattern.test(line)
}

function withLine(
  lines: readonly string[],
  edit: LineEdit,
  isMeant: (line: string) => boolean,
): readonly string[] {
  const wanted = edit.line ?? ''
  const found = lines.findLastIndex(isMeant)
  if (found >= 0) return lines.map((line, index) => (index === found ? wanted : line))
  if (lines.includes(wanted)) return lines
  const at = placeFor(lines, edit)
  return [...lines.slice(0, at), wanted, ...lines.slice(at)]
}

function placeFor(lines: readonly string[], edit: LineEdit): number {
  if (edit.insertbefore === 'BOF') return 0
  if (edit.insertbefore !== undefined) {
    const before = lines.findLastIndex((line) => new RegExp(edit.insertbefore as string).test(line))
    return before < 0 ? lines.length : before
  }
  if (edit.insertafter === undefined || edit.insertafter === 'EOF') return lines.length
  const after = lines.findLastIndex((line) => new RegExp(edit.insertafter as string).test(line))
  return after < 0 ? lines.length : after + 1
}
