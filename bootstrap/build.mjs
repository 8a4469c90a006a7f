// Bundles the three programs into dist/, and makes the archive that puts kmesos-start on a host.
// `npm run build` makes all of it; `build({ quiet: true })` only when a source is newer.
import { build as bundle } from 'esbuild'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { keepCompiledCode } from './code-cache.mjs'
import { runtimeFiles, writeRuntime } from './node-runtime.mjs'
import { writeStartAgent, writeWhole } from './start-agent-archive.mjs'

const project = join(dirname(fileURLToPath(import.meta.url)), '..')
const distDir = join(project, 'dist')
const stampFile = join(distDir, 'build.json')

const shared = {
  absWorkingDir: project,
  bundle: true,
  platform: 'node',
  target: 'node20',
  keepNames: true,
  legalComments: 'none',
  logLevel: 'warning',
  // It would be undefined at run time, where a program looks for its own folder.
  logOverride: { 'empty-import-meta': 'error' },
  write: false,
}

/** Parts in C++ stay where npm built them; from dist/ they are found by their packages' names. */
const nativeParts = {
  name: 'native-parts',
  setup({ onResolve }) {
    onResolve({ filter: /\.node$/ }, ({ path, resolveDir }) => {
      const [, fromPackage] = /.*[\\/]node_modules[\\/](.+)/.exec(join(resolveDir, path)) ?? []
      return fromPackage === undefined ? undefined : { path: fromPackage, external: true }
    })
  },
}

/** The engine with its HTTP server is a third of everything, for one verb: it is read only where that runs. */
const enginePart = {
  name: 'engine-part',
  setup({ onResolve }) {
    onResolve({ filter: /\/engine-main\.ts$/ }, () => ({ path: './kmesos-engine-part.cjs', external: true }))
  },
}

const programs = [
  {
    entry: 'src/engine/engine-main.ts',
    options: { outfile: join(distDir, 'kmesos-engine-part.cjs'), format: 'cjs' },
  },
  {
    // What src/cli/code-cache.ts runs: one function expression.
    entry: 'src/cli/main.ts',
    options: {
      outfile: join(distDir, 'kmesos-cli.cjs'),
      format: 'cjs',
      plugins: [nativeParts, enginePart],
      charset: 'ascii',
      define: { 'import.meta.dirname': '__dirname' },
      supported: { 'dynamic-import': false },
      banner: { js: '(function (require, __filename, __dirname) { const module = { exports: {} };' },
      footer: { js: '})' },
    },
  },
  { entry: 'src/cli/launch.ts', options: { outfile: join(distDir, 'kmesos.js'), format: 'esm' } },
  {
    entry: 'src/start/main.ts',
    options: { outfile: join(distDir, 'kmesos-start.cjs'), format: 'cjs', minify: true },
  },
  {
    entry: 'src/engine/main.ts',
    options: { outfile: join(distDir, 'kmesos-engine.cjs'), format: 'cjs', minify: true },
  },
]

/** Builds what is there: a program whose entry does not exist is left out. Returns the names of the written files. */
export async function build({ quiet = false, force = false } = {}) {
  const stamp = {
    node: process.execPath,
    version: process.version,
    newest: newestSource(),
    commit: git('rev-parse', '--short=12', 'HEAD'),
  }
  if (!force && isFresh(stamp)) return []
  const started = Date.now()
  mkdirSync(distDir, { recursive: true })
  const written = []
  for (const { entry, options } of programs) {
    if (existsSync(join(project, entry)))
      written.push(...(await writeProgram(entry, withRevision(options, stamp))))
  }
  const runtime = runtimeFiles()
  writeNodeRuntime(runtime)
  if (existsSync(join(distDir, 'kmesos-start.cjs'))) written.push(replaceStartAgent(runtime))
  const unkept = await keepCompiledCode(join(distDir, 'kmesos.js'))
  if (unkept !== undefined && !quiet) process.stderr.write(`the compiled code was not kept: ${unkept}\n`)
  writeWhole(stampFile, JSON.stringify(stamp))
  if (!quiet)
    process.stdout.write(`built ${written.join(', ')} in ${((Date.now() - started) / 1000).toFixed(1)} s\n`)
  return written
}

/** What `kmesos version` names: the commit, and whether tracked files differed from it when this was built. */
function withRevision(options, { commit }) {
  const changed = commit !== '' && git('status', '--porcelain', '--untracked-files=no') !== ''
  const define = {
    ...options.define,
    kmesosRevision: JSON.stringify(`${commit}${changed ? ', modified' : ''}`),
  }
  return { ...options, define }
}

/** Empty outside of a repository of our own (an unpacked archive, an image), and where there is no git. */
function git(...words) {
  if (!existsSync(join(project, '.git'))) return ''
  const end = spawnSync('git', ['-C', project, ...words], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return end.status === 0 ? end.stdout.trim() : ''
}

function isFresh(stamp) {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === JSON.stringify(stamp)
}

/** Time of the newest file that a bundle may hold, and how many there are (one that was removed is a change too). */
function newestSource() {
  let newest = 0
  let count = 0
  const look = (path) => {
    newest = Math.max(newest, statSync(path).mtimeMs)
    count++
  }
  for (const name of readdirSync(join(project, 'src'), { recursive: true })) look(join(project, 'src', name))
  for (const name of ['build.mjs', 'code-cache.mjs', 'node-runtime.mjs', 'start-agent-archive.mjs'])
    look(join(project, 'bootstrap', name))
  look(join(project, 'package.json'))
  look(join(project, 'package-lock.json'))
  return `${newest} ${count}`
}

async function writeProgram(entry, options) {
  const result = await bundle({ ...shared, ...options, entryPoints: [entry] })
  for (const file of result.outputFiles) {
    writeWhole(file.path, options.charset === 'ascii' ? escaped(file.text) : file.contents)
  }
  return result.outputFiles.map((file) => relative(distDir, file.path))
}

/** esbuild escapes strings only. Other characters stand in regular expressions, where this means the same, and comments. */
function escaped(text) {
  return text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

const oldMs = 24 * 60 * 60_000

/** Another build at the same time may have renamed or removed it meanwhile. */
function isOld(file) {
  const stats = statSync(file, { throwIfNoEntry: false })
  return stats !== undefined && Date.now() - stats.mtimeMs > oldMs
}

function writeNodeRuntime(runtime) {
  const folder = join(distDir, 'node-runtime')
  const same = runtime.files.every((file) => {
    const copy = join(folder, file.path)
    return existsSync(copy) && statSync(copy).size === statSync(file.source).size
  })
  if (!same) writeRuntime(folder, runtime)
}

function replaceStartAgent(runtime) {
  const { file } = writeStartAgent(distDir, runtime)
  for (const name of readdirSync(distDir)) {
    const old = /^start-agent-[0-9a-f]+\.tar\.gz$/.test(name) && name !== file
    if (old && isOld(join(distDir, name))) rmSync(join(distDir, name), { force: true })
  }
  return file
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build({ force: true })
