import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { findCycle } from '../src/kernel/graph.ts'

/**
 * The rings of the design, enforced: imports go down only, no cycle, I/O only in doors, every suite runs, every source
 * file is reached by a test. Read as text: what no regular expression sees, no import is.
 */
const root = join(import.meta.dirname, '..')

function filesBelow(folder: string, ending: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true })
    .map((entry) => join(folder, String(entry)))
    .filter((file) => file.endsWith(ending))
    .sort()
}

const sources = filesBelow('src', '.ts').filter((file) => !file.endsWith('.d.ts'))
const tests = filesBelow('test', '.test.ts')
const texts = new Map(
  [...sources, ...filesBelow('test', '.ts')].map((file) => [file, readFileSync(join(root, file), 'utf8')]),
)

const importPattern =
  /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[^'"();]*?\sfrom\s+)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g

interface Import {
  readonly target: string
  readonly typeOnly: boolean
  /** import() at run time: may lead back, since it happens long after both files are loaded. */
  readonly lazy: boolean
}

function importsOf(file: string): readonly Import[] {
  return [...(texts.get(file) ?? '').matchAll(importPattern)].map((found) => ({
    target: resolveImport(file, found[2] ?? found[3] ?? ''),
    typeOnly: found[1] !== undefined,
    lazy: found[3] !== undefined,
  }))
}

function resolveImport(file: string, specifier: string): string {
  return specifier.startsWith('.') ? normalize(join(dirname(file), specifier)) : specifier
}

/** Doors by the ends of their names; in the folders of entry programs everything may do I/O. */
const doorName =
  /(?:^|\/)(?:load-[a-z0-9-]+|[a-z0-9-]+-(?:client|store|connection|reporter|journal|runtime|transport))\.ts$/

function ringOf(file: string): number {
  const folder = file.split('/')[1] ?? ''
  if (folder === 'kernel') return 0
  if (folder === 'cli' || folder === 'aio') return 5
  if (folder === 'workflows' || folder === 'start' || folder === 'engine') return 4
  if (folder === 'phases') return 3
  return doorName.test(file) ? 2 : 1
}

const limitedTo: Readonly<Record<string, readonly string[]>> = {
  start: ['start', 'kernel', 'templates', 'zookeeper', 'start-spec'],
  engine: ['engine', 'kernel', 'marathon', 'zookeeper'],
}

const ioModules = new Set(
  [
    'fs',
    'fs/promises',
    'net',
    'http',
    'https',
    'http2',
    'child_process',
    'dgram',
    'dns',
    'dns/promises',
    'tls',
    'readline',
  ].flatMap((name) => [name, `node:${name}`]),
)
const ioPackages = new Set(['ssh2', 'node-zookeeper-client', 'axios', 'fastify', 'listr2'])

test('imports go down the rings only', () => {
  const upward = sources.flatMap((file) =>
    importsOf(file)
      .filter(
        ({ target, typeOnly }) => target.startsWith('src/') && !typeOnly && ringOf(target) > ringOf(file),
      )
      .map(({ target }) => `${file} (ring ${ringOf(file)}) imports ${target} (ring ${ringOf(target)})`),
  )
  assert.equal(upward, [])
})

test('the programs inside containers import only what they are allowed to', () => {
  const strangers = sources.flatMap((file) => {
    const allowed = limitedTo[file.split('/')[1] ?? '']
    if (!allowed) return []
    return importsOf(file)
      .filter(({ target }) => target.startsWith('src/') && !allowed.includes(target.split('/')[1] ?? ''))
      .map(({ target }) => `${file} imports ${target}`)
  })
  assert.equal(strangers, [])
})

test('every import leads to a file that is there', () => {
  const missing = [...texts.keys()].flatMap((file) =>
    importsOf(file)
      .filter(({ target }) => /^(?:src|test)\/.*\.ts$/.test(target) && !texts.has(target))
      .map(({ target }) => `${file} imports ${target}`),
  )
  assert.equal(missing, [])
})

test('no cycle of imports', () => {
  const graph = new Map(
    sources.map((file) => [
      file,
      importsOf(file)
        .filter(({ target, typeOnly, lazy }) => target.startsWith('src/') && !typeOnly && !lazy)
        .map(({ target }) => target),
    ]),
  )
  assert.equal(findCycle(graph), undefined)
})

test('input and output happen in doors and programs only', () => {
  const outside = sources
    .filter((file) => ringOf(file) < 2 || ringOf(file) === 3 || file.startsWith('src/workflows/'))
    .flatMap((file) =>
      importsOf(file)
        .filter(({ target, typeOnly }) => !typeOnly && (ioModules.has(target) || ioPackages.has(target)))
        .map(({ target }) => `${file} imports ${target}`),
    )
  assert.equal(outside, [])
})

test('every test file runs its suite', () => {
  const silent = tests.filter((file) => !/^\s*[\w.]+\.run\(\)/m.test(texts.get(file) ?? ''))
  assert.equal(silent, [])
})

test('no test is left alone or skipped without a word', () => {
  const marked = tests.filter((file) => /\b\w+\.only\(/.test(texts.get(file) ?? ''))
  assert.equal(marked, [])
})

test('every source file is reached by a test, or by a program that tests start', () => {
  const programs = sources.filter((file) => /^src\/(?:cli|start|engine)\/(?:main|launch)\.ts$/.test(file))
  const seen = new Set<string>()
  const queue: string[] = [...tests, ...programs]
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (seen.has(file)) continue
    seen.add(file)
    const targets = importsOf(file).map(({ target }) => target)
    queue.push(...targets.filter((target) => texts.has(target)))
  }
  assert.equal(
    sources.filter((file) => !seen.has(file) && !isTypesOnly(file)),
    [],
  )
})

/** A file of types alone leaves nothing to test at run time. */
function isTypesOnly(file: string): boolean {
  return !/^\s*(?:export\s+)?(?:async\s+)?(?:function|const|let|class)\b/m.test(texts.get(file) ?? '')
}

test('file names are kebab-case and say what they hold', () => {
  const vague = /(?:^|[/-])(?:utils?|helpers?|manager|common|misc|data)\.ts$/
  const bad = [...texts.keys()].filter((file) => !/^[a-z0-9./-]+$/.test(file) || vague.test(file))
  assert.equal(bad, [])
})

test.run()
