import { KmesosError } from '../../../src/kernel/errors.ts'
import { marathon } from './marathon.ts'
import { mesosMaster } from './mesos-master.ts'
import { mesosSlave } from './mesos-slave.ts'

const programs = { 'mesos-master': mesosMaster, 'mesos-slave': mesosSlave, marathon } as const

/** What a wrong flag ends a program with. Source: Marathon's exit codes; Mesos ends with 1. */
const badFlag = { 'mesos-master': 1, 'mesos-slave': 1, marathon: 112 } as const

function end(code: number, why: string): never {
  process.stderr.write(`${why}\n`)
  process.exit(code)
}

// The entry of the images: PROGRAM and its words.
const [name = '', ...argv] = process.argv.slice(2)
if (!(name in programs)) end(64, `usage: ${Object.keys(programs).join(' | ')} FLAGS`)
const program = name as keyof typeof programs
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0))
process.on('unhandledRejection', (error) =>
  end(1, `unhandled: ${error instanceof Error ? error.stack : String(error)}`),
)
void programs[program](argv, end).catch((error: unknown) => {
  if (!(error instanceof KmesosError))
    end(1, error instanceof Error ? (error.stack ?? error.message) : String(error))
  end(badFlag[program], `${error.message}${error.hint === undefined ? '' : `\n${error.hint}`}`)
})
