// The archive that puts kmesos-start on a host: its bundle, a Node runtime and a script that starts the one with the other.
// Equal contents give an equal archive, byte for byte, and so an equal digest.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { join } from 'node:path'
import { runtimeCommand } from './node-runtime.mjs'

// kmesos-start stays as supervisor in every container: its memory counts many times. Young objects get 2 MB, and the
// compiler and the thread pool one helper each.
const nodeWords = '--max-semi-space-size=2 --v8-pool-size=1'

function startScript(loader) {
  return [
    '#!/bin/sh',
    'd=${0%/*}',
    `exec ${runtimeCommand(loader)} ${nodeWords} "$d/kmesos-start.cjs" "$@"`,
    '',
  ].join('\n')
}

/** Writes `start-agent-<digest>.tar.gz` and `start-agent.json` ({digest, file}) into `dist`, and returns the latter. */
export function writeStartAgent(dist, runtime) {
  const bundle = readFileSync(join(dist, 'kmesos-start.cjs'))
  const script = Buffer.from(startScript(runtime.loader))
  const own = [
    { path: 'kmesos-start', mode: 0o755, content: script },
    { path: 'kmesos-start.cjs', mode: 0o644, content: bundle },
  ]
  const runtimeDigest = digestFiles(runtime.files)
  const digest = sha256(`${runtimeDigest} ${digestFiles(own)}`).slice(0, 16)
  const file = `start-agent-${digest}.tar.gz`
  if (!existsSync(join(dist, file))) {
    // Two compressed parts, one after the other, are one gzip file; the runtime's is kept, for it changes seldom.
    const parts = [runtimePart(dist, runtimeDigest, runtime.files), gzipSync(tarEnd(own))]
    writeWhole(join(dist, file), Buffer.concat(parts))
  }
  const description = { digest, file }
  writeWhole(join(dist, 'start-agent.json'), `${JSON.stringify(description)}\n`)
  return description
}

function runtimePart(dist, digest, files) {
  const file = join(dist, `node-runtime-${digest.slice(0, 16)}.gz`)
  if (existsSync(file)) return readFileSync(file)
  const part = gzipSync(Buffer.concat(files.map(tarEntry)))
  writeWhole(file, part)
  return part
}

function tarEnd(files) {
  return Buffer.concat([...files.map(tarEntry), Buffer.alloc(1024)])
}

/** One file in ustar's form: owned by root, dated 1970. */
function tarEntry(file) {
  const content = contentOf(file)
  const header = Buffer.alloc(512)
  header.write(file.path, 0)
  header.write(`${octal(file.mode, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0`, 100)
  header.write(`${octal(content.length, 11)}\0${octal(0, 11)}\0`, 124)
  header.write('        0', 148) // the checksum counts itself as spaces; type 0: a file
  header.write('ustar\x0000root', 257)
  header.write('root', 297)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${octal(sum, 6)}\0 `, 148)
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)])
}

function octal(value, width) {
  return value.toString(8).padStart(width, '0')
}

function digestFiles(files) {
  return sha256(files.map((file) => `${file.path} ${file.mode} ${sha256(contentOf(file))}`).join('\n'))
}

function contentOf(file) {
  return file.content ?? readFileSync(file.source)
}

function sha256(content) {
  return createHash('sha256').update(content).digest('hex')
}

/** Whole or not at all: others may read it at any time. */
export function writeWhole(file, content) {
  const unfinished = `${file}.${process.pid}.new`
  writeFileSync(unfinished, content)
  renameSync(unfinished, file)
}
