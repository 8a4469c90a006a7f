/**
 * Text that came from elsewhere (output of hosts, names) made fit for a screen. It is not trusted: an escape sequence could
 * move the cursor, rename the window or hide lines, a right-to-left mark could turn them around.
 */

/** Whole sequences of ECMA-48: CSI, strings (OSC, DCS, SOS, PM, APC) up to their end, and two-letter ones. */
const sequences =
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c\n]*(?:\u0007|\u001b\\|\u009c)|\u001b[ -/]*[0-Z\\^-~]/g

const suspicious = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/
const unprintable =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|\t/g

/**
 * One or more lines without anything that a terminal would obey: colors and cursor movements are taken out, what is left
 * of control characters is shown as `cat -v` does. Of a line that overwrote itself (a progress bar) the last state stays.
 */
export function printable(text: string): string {
  if (!suspicious.test(text)) return text
  return text
    .replaceAll(sequences, '')
    .replaceAll('\r\n', '\n')
    .replaceAll(/[^\n]*\r(?=[^\n\r])/g, '')
    .replaceAll(unprintable, shown)
}

function shown(character: string): string {
  const code = character.charCodeAt(0)
  if (character === '\t') return '    '
  if (character === '\r') return ''
  if (code < 0x20) return `^${String.fromCharCode(code + 64)}`
  if (code === 0x7f) return '^?'
  return `\\u${code.toString(16).padStart(4, '0')}`
}

const ascii = /^[ -~]*$/
const zeroWidth = /[\p{Mn}\p{Me}\p{Cf}\u{1f3fb}-\u{1f3ff}]/u
const doubleWidth =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u

/** Columns that a line takes on a terminal. */
export function widthOf(text: string): number {
  if (ascii.test(text)) return text.length
  let width = 0
  for (const character of text) width += widthOfCharacter(character)
  return width
}

function widthOfCharacter(character: string): number {
  if (ascii.test(character)) return 1
  if (zeroWidth.test(character)) return 0
  return doubleWidth.test(character) ? 2 : 1
}

/** The text, or its beginning and an ellipsis, in so many columns. */
export function fit(text: string, columns: number): string {
  if (text.length <= columns && ascii.test(text)) return text
  if (widthOf(text) <= columns) return text
  let width = 0
  let cut = ''
  for (const character of text) {
    width += widthOfCharacter(character)
    if (width >= columns) break
    cut += character
  }
  return columns < 1 ? '' : `${cut}…`
}

/** Blanks behind it, up to so many columns. */
export function padTo(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)))
}
