import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'

const goldenDir = join(dirname(fileURLToPath(import.meta.url)), '..', 'golden')

/** Compares a text with test/golden/NAME. With GOLDEN=write the file is written instead, to be looked at with git diff. */
export function matchesGolden(name: string, text: string): void {
  const file = join(goldenDir, name)
  if (process.env.GOLDEN === 'write') {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    return
  }
  assert.ok(existsSync(file), `${file} is missing; run with GOLDEN=write and look at it`)
  assert.fixture(
    text,
    readFileSync(file, 'utf8'),
    `${name} differs; run with GOLDEN=write and look at the difference`,
  )
}
