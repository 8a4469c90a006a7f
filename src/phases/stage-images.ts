import { basename } from 'node:path'
import { missingImages } from '../bootstrap/checks/images.ts'
import type { HostReport, WantedImage } from '../bootstrap/types.ts'
import type { Connection, Transport } from '../connection/types.ts'
import type { Host } from '../inventory/types.ts'
import type { Clock } from '../kernel/clock.ts'
import { CommandError, ConfigError } from '../kernel/errors.ts'
import { groupBy } from '../kernel/group-by.ts'
import type { Argv } from '../kernel/shell.ts'
import type { Reporter } from '../reporter/types.ts'
import { askHost } from './ask-host.ts'
import { rightsOn } from './host-rights.ts'
import { onHosts, type HostWork } from './host-scripts.ts'
import { phase, type Change, type Phase } from './phase.ts'

export interface StageImages {
  readonly hosts: readonly Host[]
  readonly images: readonly WantedImage[]
  /** A `docker save` archive here that has what is missing; undefined: it is pulled. */
  readonly archive?: string
  /** Hosts that pull or load at once. */
  readonly forks: number
}

export interface StageDoors {
  readonly transport: Transport
  readonly clock: Clock
  readonly reporter: Reporter
}

interface HostImages extends Change {
  readonly host: Host
  readonly missing: readonly string[]
}

/** Brings what is missing to all hosts before anything is stopped: a container is then replaced in the time of its start. */
export function stageImages(request: StageImages, doors: StageDoors): Phase {
  const workOf = (what: string, signal: AbortSignal): HostWork => ({
    ...{ what, signal, hosts: request.hosts, forks: request.forks },
    hint: 'mend what is named above and run the same command again; images that are there are not brought again',
  })
  return phase<readonly HostReport[], HostImages>({
    title: 'Stage the images',
    observe: (signal) => onHosts(workOf('look for images', signal), (host) => askHost(host, doors, signal)),
    plan: (reports) => planStaging(reports, request),
    apply: async (items, signal) => {
      const missing = new Map(items.map((item) => [item.host.name, item.missing]))
      await onHosts(workOf('stage images', signal), async (host) => {
        const wanted = missing.get(host.name)
        if (wanted) await stageOn(host, wanted, { request, doors, signal })
      })
    },
  })
}

function planStaging(reports: readonly HostReport[], request: StageImages): readonly HostImages[] {
  const wanted = groupBy(request.images, ({ host }) => host)
  const byName = new Map(request.hosts.map((host) => [host.name, host]))
  const blind = reports.filter(({ facts }) => !facts.docker.running)
  if (blind.length > 0) {
    throw new ConfigError(
      'there is no Docker to bring images to:',
      blind.map((report) => ({
        where: report.host,
        message: 'Docker does not run: `kmesos bootstrap --tags docker` sets it up',
      })),
    )
  }
  return reports.flatMap((report) => {
    const host = byName.get(report.host)
    const missing = [...new Set(missingImages(wanted.get(report.host) ?? [], report))]
    if (!host || missing.length === 0) return []
    const way = request.archive === undefined ? 'pull' : 'load'
    return [
      {
        host,
        missing,
        subject: `images on ${host.name}`,
        action: 'create',
        message: `${way} ${missing.join(', ')}`,
      },
    ]
  })
}

interface Staging {
  readonly request: StageImages
  readonly doors: StageDoors
  readonly signal: AbortSignal
}

async function stageOn(host: Host, missing: readonly string[], staging: Staging): Promise<void> {
  const { request, doors, signal } = staging
  const connection = await doors.transport.connect(host, signal)
  try {
    if (request.archive === undefined)
      for (const image of missing) await runOn(connection, host, ['docker', 'pull', image], staging)
    else await loadOn(connection, host, { archive: request.archive, missing }, staging)
  } finally {
    await connection.close()
  }
}

/** The archive goes through a folder of root's own, and is gone afterwards whatever happens. */
async function loadOn(
  connection: Connection,
  host: Host,
  { archive, missing }: { readonly archive: string; readonly missing: readonly string[] },
  staging: Staging,
): Promise<void> {
  const made = await runOn(connection, host, ['mktemp', '-d', '/var/tmp/kmesos-images.XXXXXX'], staging)
  const folder = made.trim()
  const file = `${folder}/${basename(archive)}`
  try {
    await connection.upload({ file: archive }, file, { become: rightsOn(host), signal: staging.signal })
    await runOn(connection, host, ['docker', 'load', '--input', file], staging)
  } finally {
    await connection.exec(['rm', '-rf', '--', folder], { become: rightsOn(host) })
  }
  for (const image of missing) {
    const { exitCode } = await connection.exec(['docker', 'image', 'inspect', image], {
      become: rightsOn(host),
    })
    if (exitCode !== 0) throw new CommandError(`the archive ${archive} has no image ${image}`)
  }
}

async function runOn(
  connection: Connection,
  host: Host,
  argv: Argv,
  { doors: { reporter, clock }, signal }: Staging,
): Promise<string> {
  const task = argv.slice(0, 2).join(' ')
  const result = await connection.exec(argv, {
    ...{ become: rightsOn(host), signal },
    onLine: (line, stream) =>
      reporter.report({ kind: 'output', host: host.name, task, stream, line, at: clock.now() }),
  })
  if (result.exitCode === 0) return result.stdout
  const last = result.stderr.trim().split('\n').slice(-3).join('; ')
  throw new CommandError(`${argv.join(' ')} ended with exit code ${result.exitCode}: ${last}`)
}
