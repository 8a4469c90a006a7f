#!/usr/bin/env node
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runScript } from './code-cache.ts'

/** Verbs that run most of the code, so that what is compiled at their end is worth keeping. */
const worthKeeping = new Set(['play', 'bootstrap', 'deploy'])

// V8 would let the heap grow to four times of what is alive before it looks; twice costs no time that can be measured.
setFlagsFromString('--heap-growing-percent=100')

// dist/kmesos.js: runs the program beside it. The handler of SIGINT and all else is the program's own.
const { keep } = runScript(join(import.meta.dirname, 'kmesos-cli.cjs'))
if (worthKeeping.has(process.argv[2] ?? '')) process.once('exit', (code) => code === 0 && keep())
