import { createHash } from 'node:crypto'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cacheFileOf, runScript, type CacheState } from '../../src/cli/code-cache.ts'

const cache = suite<{ folder: string; file: string; kept: string }>('code cache')

cache.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'kmesos-cache-'))
  context.file = join(context.folder, 'program.cjs')
  context.kept = cacheFileOf(context.file)
  writeFileSync(context.file, textSaying('one'))
})
cache.after.each(({ folder }) => rmSync(folder, { recursive: true }))

const said: string[] = []
Object.assign(globalThis, { sayToTest: (text: string) => said.push(text) })

/** A program of one function; all have texts of the same length, which is what V8 looks at. */
function textSaying(word: string): string {
  return `(function (require, __filename, __dirname) {\n  function say() { sayToTest('${word} ' + __filename) }\n  say()\n})\n`
}

/** Runs it and tells what it said and how it found the cache. */
function run(file: string): { readonly words: readonly string[]; readonly cache: CacheState } {
  said.length = 0
  const { cache, keep } = runScript(file)
  keep()
  return { words: said.map((text) => text.replace(file, 'FILE')), cache }
}

cache('keeps the code of the first run for the second', ({ folder, file, kept }) => {
  assert.equal(run(file), { words: ['one FILE'], cache: 'missing' })
  assert.equal(readdirSync(folder).sort(), [basename(file), basename(kept)].sort())
  const made = statSync(kept).mtimeMs
  assert.equal(run(file), { words: ['one FILE'], cache: 'used' })
  assert.is(statSync(kept).mtimeMs, made)
})

cache('takes no code of another text, even of the same length', ({ file }) => {
  run(file)
  writeFileSync(file, textSaying('two'))
  assert.equal(run(file), { words: ['two FILE'], cache: 'missing' })
  assert.is(run(file).cache, 'used')
})

cache('takes no damaged code, and makes it anew', ({ file, kept }) => {
  run(file)
  const whole = readFileSync(kept)
  const flipped = Buffer.from(whole)
  flipped.writeUInt8(flipped.readUInt8(whole.length - 9) ^ 1, whole.length - 9)
  writeFileSync(kept, flipped)
  assert.equal(run(file), { words: ['one FILE'], cache: 'missing' })
  for (const length of [whole.length - 1, 40, 32, 5, 0]) {
    truncateSync(kept, length)
    assert.equal(run(file), { words: ['one FILE'], cache: 'missing' }, `of ${length} bytes`)
  }
  assert.is(run(file).cache, 'used')
})

cache('runs without code that V8 refuses, and leaves it to those who can use it', ({ file, kept }) => {
  const data = Buffer.from('made by a V8 with other options')
  const digest = createHash('sha256').update(readFileSync(file)).update(data).digest()
  writeFileSync(kept, Buffer.concat([digest, data]))
  assert.equal(run(file), { words: ['one FILE'], cache: 'refused' })
  assert.equal(readFileSync(kept).subarray(32), data)
})

cache('each version of Node has a file of its own', ({ kept }) => {
  assert.ok(kept.includes(process.version) && kept.includes(process.arch), kept)
})

cache('leaves nothing unfinished where the code cannot be put in place', ({ folder, file, kept }) => {
  // Renaming a file over a folder fails, for root as well.
  mkdirSync(kept)
  assert.equal(run(file), { words: ['one FILE'], cache: 'missing' })
  assert.equal(readdirSync(folder).sort(), [basename(file), basename(kept)].sort())
})

cache('a stack names file, line and column, with kept code too', ({ file }) => {
  writeFileSync(
    file,
    '(function (require, __filename, __dirname) {\n  function fail() {\n    throw new Error("on purpose")\n  }\n  sayToTest(fail)\n})\n',
  )
  const stackOf = (): string => {
    said.length = 0
    runScript(file).keep()
    try {
      ;(said[0] as unknown as () => void)()
    } catch (error) {
      return (error as Error).stack ?? ''
    }
    return 'nothing was thrown'
  }
  for (const _ of ['compiled', 'kept']) assert.match(stackOf(), `fail (${file}:3:11)`)
})

cache.run()
