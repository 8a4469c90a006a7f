import { readFile } from 'node:fs'
import { promisify } from 'node:util'
import { messageOf } from '../kernel/errors.ts'
import type { Problem } from '../kernel/problems.ts'

/** Of thousands of small files the form with a callback takes half of the time of the other one. */
const readBytes = promisify(readFile)

export type TextResult = { readonly text: string } | { readonly problem: Problem }

/** A file as UTF-8 text. Comments in another encoding are blanked, as Ansible does; anything else in one is a fault with its line. */
export async function loadText(file: string): Promise<TextResult> {
  let bytes: Buffer
  try {
    bytes = await readBytes(file)
  } catch (error) {
    return { problem: { where: file, message: `cannot be read: ${messageOf(error)}` } }
  }
  if (bytes.includes(0)) return { problem: { where: file, message: 'is a binary file, not text' } }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    return decodeLines(bytes, file)
  }
}

function decodeLines(bytes: Buffer, file: string): TextResult {
  const lines: string[] = []
  for (const line of bytes.toString('latin1').split('\n')) {
    const decoded = decodeLine(line)
    if (decoded === undefined)
      return { problem: { where: `${file}:${lines.length + 1}`, message: 'is not UTF-8 text' } }
    lines.push(decoded)
  }
  return { text: lines.join('\n') }
}

function decodeLine(line: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(line, 'latin1'))
  } catch {
    return /^\s*[#;]/.test(line) ? '' : undefined
  }
}
