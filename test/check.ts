import { spawn } from 'node:child_process'
import { mapLimit } from '../src/kernel/pool.ts'

/**
 * `npm run check`: types, lint, format, architecture and golden files; under 60 s on two cores.
 * Every part runs, whatever the others say.
 */
interface Part {
  readonly name: string
  readonly argv: readonly string[]
}

const local = (program: string): string => `node_modules/.bin/${program}`
const parts: readonly Part[] = [
  { name: 'lint', argv: [local('eslint'), '--max-warnings', '0', 'src', 'test'] },
  { name: 'types', argv: [local('tsc'), '-p', '.'] },
  {
    name: 'format',
    argv: [local('prettier'), '--check', '--log-level', 'warn', 'src', 'test', 'eslint.config.js'],
  },
  // Golden files are compared by the content tests; the architecture test reads all imports.
  {
    name: 'architecture and golden files',
    argv: [process.execPath, '--import', 'tsx', 'test/run.ts', 'architecture', 'content'],
  },
]

interface PartResult {
  readonly code: number | null
  readonly seconds: number
  readonly output: string
}

function run(part: Part): Promise<PartResult> {
  const started = performance.now()
  return new Promise((done, failed) => {
    const [program = '', ...rest] = part.argv
    const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const collect = (chunk: Buffer): void => void (output += chunk.toString('utf8'))
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.on('error', failed)
    child.on('close', (code) => done({ code, output, seconds: (performance.now() - started) / 1000 }))
  })
}

const outcomes = await mapLimit(parts, 2, async (part) => {
  const result = await run(part)
  console.log(`${result.code === 0 ? 'ok    ' : 'FAILED'} ${part.name} (${result.seconds.toFixed(1)} s)`)
  if (result.code !== 0) console.log(result.output.trimEnd())
  return result
})
process.exitCode = outcomes.every((outcome) => outcome.ok && outcome.value.code === 0) ? 0 : 1
