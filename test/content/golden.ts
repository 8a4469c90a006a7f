import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as assert from 'uvu/assert'

/**
 * Compares with a file below test/golden/. `UPDATE_GOLDEN=1 npm test content` writes the files anew; look at the
 * difference with git before it is committed.
 */
export function matchesGolden(path: string, text: string): void {
  const file = join(import.meta.dirname, '..', 'golden', path)
  if (process.env.UPDATE_GOLDEN === '1') {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    return
  }
  assert.ok(existsSync(file), `${path} is missing; make it with UPDATE_GOLDEN=1`)
  assert.fixture(text, readFileSync(file, 'utf8'))
}
