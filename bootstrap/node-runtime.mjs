// The Node that runs this file, with every library that it needs and their loader: it runs in any Linux container of the
// same processor, whatever is installed there.
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, realpathSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** glibc loads these by name when it looks up hosts, so ldd does not know them. Newer ones have them inside of libc. */
const lookupLibraries = ['libnss_files.so.2', 'libnss_dns.so.2', 'libresolv.so.2']

/** Files of the runtime: `{ path: 'lib/libc.so.6', source: '/lib/...', mode }`, and the loader's path among them. */
export function runtimeFiles(executable = process.execPath) {
  const files = [{ path: 'bin/node', source: realpathSync(executable), mode: 0o755 }]
  let loader
  for (const source of libraries(executable)) {
    const path = `lib/${basename(source)}`
    if (basename(source).startsWith('ld-')) loader = path
    files.push({ path, source: realpathSync(source), mode: 0o755 })
  }
  return { files: files.sort((a, b) => (a.path < b.path ? -1 : 1)), loader }
}

function libraries(executable) {
  const listed = tryLdd(executable)
  const found = [...listed.matchAll(/(?:=> )?(\/\S+) \(0x[0-9a-f]+\)/g)].map((match) => match[1])
  const libc = found.find((path) => basename(path).startsWith('libc.so'))
  const more =
    libc === undefined ? [] : lookupLibraries.map((name) => join(dirname(libc), name)).filter(existsSync)
  return [...new Set([...found, ...more])]
}

/** A Node that is linked statically has no libraries; ldd says so with exit code 1. */
function tryLdd(executable) {
  try {
    return execFileSync('ldd', [executable], { encoding: 'utf8' })
  } catch (error) {
    if (String(error.stderr).includes('not a dynamic executable')) return ''
    throw new Error(`cannot list the libraries of ${executable}: ${error.message}`, { cause: error })
  }
}

/** `"$d/lib/ld-linux..." --library-path "$d/lib" "$d/bin/node"`: words of a shell script; d is the runtime's folder. */
export function runtimeCommand(loader) {
  return loader === undefined ? '"$d/bin/node"' : `"$d/${loader}" --library-path "$d/lib" "$d/bin/node"`
}

/** Lays the runtime out as a folder, for the image `node`. */
export function writeRuntime(folder, { files }) {
  const unfinished = `${folder}.${process.pid}`
  for (const file of files) {
    mkdirSync(join(unfinished, dirname(file.path)), { recursive: true })
    copyFileSync(file.source, join(unfinished, file.path))
    chmodSync(join(unfinished, file.path), file.mode)
  }
  rmSync(folder, { recursive: true, force: true })
  renameSync(unfinished, folder)
}
