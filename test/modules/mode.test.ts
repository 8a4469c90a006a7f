import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readMode, resolveMode } from '../../src/modules/mode.ts'
import { makeFolder } from '../support/run-playbook.ts'
import { testSeed } from '../support/fuzz-seed.ts'

const values: readonly (readonly [unknown, string])[] = [
  ['0644', '0644'],
  ['644', '0644'],
  ['2755', '2755'],
  ['0o600', '0600'],
  [0o644, '0644'],
  [0o1777, '1777'],
  [0o2755, '2755'],
  [0, '0000'],
  ['u=rw,g=r,o=', 'u=rw,g=r,o='],
  ['+x', '+x'],
]
for (const [given, wanted] of values) {
  test(`reads ${JSON.stringify(given)}`, () => assert.equal(readMode(given), { value: wanted }))
}

const wrong = [
  644,
  755,
  600,
  750,
  777,
  1777,
  2755,
  4755,
  -1,
  0o10000,
  1.5,
  'rw',
  '0888',
  'u+q',
  '',
  true,
  [6],
]
for (const given of wrong) {
  test(`refuses ${JSON.stringify(given)}`, () =>
    assert.ok('fault' in readMode(given), JSON.stringify(readMode(given))))
}

test('tells what a decimal mode would have been', () => {
  const read = readMode(644)
  assert.match('fault' in read ? read.fault : '', '644 is the mode 1204: write "0644" in quotes')
})

/** chmod itself is the yardstick, for a file and a folder, under the umask of programs. */
test('resolves symbolic modes as chmod does', () => {
  const folder = makeFolder()
  const [file, directory] = [join(folder.path, 'file'), join(folder.path, 'directory')]
  writeFileSync(file, '')
  mkdirSync(directory)
  const who = fc.stringMatching(/^[ugoa]{0,2}$/)
  const what = fc.stringMatching(/^[-+=]([rwxXst]{0,4}|[ugo])$/)
  const clause = fc.tuple(who, what).map((parts) => parts.join(''))
  try {
    const property = fc.property(
      fc.array(clause, { minLength: 1, maxLength: 3 }).map((list) => list.join(',')),
      fc.integer({ min: 0, max: 0o7777 }),
      fc.boolean(),
      (mode, before, isDirectory) => {
        const path = isDirectory ? directory : file
        chmodSync(path, before)
        execFileSync('sh', ['-c', 'umask 022; chmod -- "$1" "$2"', 'sh', mode, path])
        const after = (statSync(path).mode & 0o7777).toString(8).padStart(4, '0')
        assert.is(
          resolveMode(mode, before.toString(8), isDirectory),
          after,
          `${mode} on ${before.toString(8)}`,
        )
      },
    )
    fc.assert(property, { numRuns: 500, seed: testSeed() })
  } finally {
    folder.remove()
  }
})

test.run()
