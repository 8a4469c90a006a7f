import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { localConnection } from '../../src/connection/local-connection.ts'
import type { Connection, ExecOptions, Transport } from '../../src/connection/types.ts'
import type { Host, Inventory, Vars } from '../../src/inventory/types.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import type { Argv } from '../../src/kernel/shell.ts'
import { loadContent } from '../../src/modules/load-content.ts'
import { runPlays } from '../../src/phases/play-run.ts'
import type { PlayRecap, RunPlaysOptions } from '../../src/phases/play-types.ts'
import { loadPlaybook } from '../../src/playbook/load-playbook.ts'
import type { RunEvent, TaskResultEvent } from '../../src/reporter/types.ts'

/** A folder with files made of text, for a test that reads or runs them; `remove` takes it away. */
export interface Folder {
  readonly path: string
  write(name: string, text: string): string
  remove(): void
}

export function makeFolder(files: Readonly<Record<string, string>> = {}): Folder {
  const path = mkdtempSync(join(tmpdir(), 'kmesos-play-'))
  const write = (name: string, text: string): string => {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    writeFileSync(join(path, name), text)
    return join(path, name)
  }
  for (const [name, text] of Object.entries(files)) write(name, text)
  return { path, write, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** Hosts with groups and variables, as the inventory loader would give them. */
export function inventoryOf(
  hosts: Readonly<Record<string, { groups?: readonly string[]; vars?: Vars }>>,
): Inventory {
  const made = new Map<string, Host>()
  const names = new Set(['all'])
  for (const [name, { groups = [], vars = {} }] of Object.entries(hosts)) {
    made.set(name, { name, groups: ['all', ...groups], vars })
    for (const group of groups) names.add(group)
  }
  const groups = [...names].map((name) => {
    const members = [...made.values()].filter((host) => host.groups.includes(name)).map((host) => host.name)
    return [name, { name, hosts: members, children: [], vars: {} }] as const
  })
  return { hosts: made, groups: new Map(groups), sources: [] }
}

/** What a run asked of the hosts: the programs, in order. */
export interface CountingTransport extends Transport {
  readonly programs: { readonly host: string; readonly text: string }[]
  connections: number
}

/** Every host is this machine; each remote command is counted. `spoil` may throw in the place of a command. */
export function localTransport(spoil?: (host: string, count: number) => void): CountingTransport {
  const programs: { readonly host: string; readonly text: string }[] = []
  const transport: CountingTransport = {
    programs,
    connections: 0,
    connect: (host) => {
      transport.connections++
      const inner = localConnection(host.name, { clock: systemClock, becomeTimeoutMs: 5_000 })
      const exec = async (argv: Argv, options?: ExecOptions): ReturnType<Connection['exec']> => {
        programs.push({ host: host.name, text: String(options?.stdin ?? '') })
        spoil?.(host.name, programs.length)
        return inner.exec(argv, options)
      }
      return Promise.resolve({ ...inner, exec })
    },
    close: () => Promise.resolve(),
  }
  return transport
}

/** Temporary files of the programs stand in a folder of the test's own: those of another test would be waited for. */
export function isolatedTransport(folder: string): CountingTransport {
  const inner = localTransport()
  const connect: Transport['connect'] = async (host) => {
    const connection = await inner.connect(host)
    const exec: Connection['exec'] = (argv, options) =>
      connection.exec(argv, { ...options, environment: { ...options?.environment, TMPDIR: folder } })
    return { ...connection, exec }
  }
  return { ...inner, connect }
}

export interface PlaybookRun {
  readonly recap: PlayRecap
  readonly events: readonly RunEvent[]
  readonly results: readonly TaskResultEvent[]
  readonly transport: CountingTransport
}

/** Runs a playbook on this machine in the role of the given hosts. */
export async function runPlaybook(
  file: string,
  options: Partial<RunPlaysOptions> & { readonly transport?: CountingTransport } = {},
): Promise<PlaybookRun> {
  const inventory = options.inventory ?? inventoryOf({ h1: {} })
  const transport = options.transport ?? localTransport()
  const events: RunEvent[] = []
  const recap = await runPlays(loadPlaybook(file), {
    inventory,
    clock: systemClock,
    content: loadContent(),
    reporter: { report: (event) => events.push(event), close: () => Promise.resolve() },
    ...options,
    transport,
  })
  return { recap, events, transport, results: events.filter((event) => event.kind === 'task-result') }
}

/** "task: status", for comparing a run with what was expected. */
export function outcomes(run: PlaybookRun): readonly string[] {
  return run.results.map((result) => `${result.task}: ${result.status}`)
}

/** Runs a playbook given as text; `DIR` in it is a folder of the test's own, which also holds `files`. */
export async function playText(
  text: string,
  options: Partial<RunPlaysOptions> & {
    readonly transport?: CountingTransport
    readonly files?: Readonly<Record<string, string>>
    readonly look?: (folder: string) => void
  } = {},
): Promise<PlaybookRun> {
  const { files = {}, look, ...rest } = options
  const folder = makeFolder()
  try {
    for (const [name, each] of Object.entries(files)) folder.write(name, each.replaceAll('DIR', folder.path))
    const run = await runPlaybook(folder.write('p.yml', text.replaceAll('DIR', folder.path)), rest)
    look?.(folder.path)
    return run
  } finally {
    folder.remove()
  }
}

/** "task = message" of each result. */
export function messages(run: PlaybookRun): readonly string[] {
  return run.results.map((result) => `${result.task} = ${result.message ?? ''}`)
}
