// Bundles the three programs into dist/, and makes the archive that puts kmesos-start on a host.
// `npm run build` makes all of it; `build({ quiet: true })` only when a source is newer.
import { build as bundle } from 'esbuild'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
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
  write: false,
}

// Bundled CommonJS packages call require() for Node's own modules, which a module file does not have.
const requireBanner =
  "import { createRequire as kmesosRequire } from 'node:module'; const require = kmesosRequire(import.meta.url);"

const programs = [
  {
    entry: 'src/cli/main.ts',
    options: {
      outdir: distDir,
      entryNames: 'kmesos',
      chunkNames: 'chunks/[name]-[hash]',
      format: 'esm',
      splitting: true,
      // Both have parts in C++, found beside their own files.
      external: ['ssh2', 'cpu-features'],
      banner: { js: requireBanner },
    },
  },
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
  removeOldChunks(written)
  const runtime = runtimeFiles()
  writeNodeRuntime(runtime)
  if (existsSync(join(distDir, 'kmesos-start.cjs'))) written.push(replaceStartAgent(runtime))
  writeWhole(stampFile, JSON.stringify(stamp))
  if (!quiet)
    process.stdout.write(
      `built ${written.filter((name) => !name.startsWith('chunks/')).join(', ')} in ${((Date.now() - started) / 1000).toFixed(1)} s\n`,
    )
  return written
}

/** What `kmesos version` names: the commit, and whether tracked files differed from it when this was built. */
function withRevision(options, { commit }) {
  const changed = commit !== '' && git('status', '--porcelain', '--untracked-files=no') !== ''
  const define = { kmesosRevision: JSON.stringify(`${commit}${changed ? ', modified' : ''}`) }
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
  for (const name of ['build.mjs', 'node-runtime.mjs', 'start-agent-archive.mjs'])
    look(join(project, 'bootstrap', name))
  look(join(project, 'package.json'))
  look(join(project, 'package-lock.json'))
  return `${newest} ${count}`
}

async function writeProgram(entry, options) {
  const result = await bundle({ ...shared, ...options, entryPoints: [entry] })
  // The entry comes last, so that it never names a chunk that is not there yet.
  const files = result.outputFiles.sort(
    (a, b) => Number(b.path.includes('/chunks/')) - Number(a.path.includes('/chunks/')),
  )
  for (const file of files) {
    mkdirSync(dirname(file.path), { recursive: true })
    writeWhole(file.path, file.contents)
  }
  return files.map((file) => relative(distDir, file.path))
}

const oldMs = 24 * 60 * 60_000

/** A kmesos that runs now may still load a chunk of the build before, so only those of yesterday go. */
function removeOldChunks(written) {
  const folder = join(distDir, 'chunks')
  if (!existsSync(folder)) return
  for (const name of readdirSync(folder)) {
    const file = join(folder, name)
    if (!written.includes(`chunks/${name}`) && isOld(file)) rmSync(file, { force: true })
  }
}

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
