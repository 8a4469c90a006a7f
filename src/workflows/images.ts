import { missingImages } from '../bootstrap/checks/images.ts'
import type { WantedImage } from '../bootstrap/types.ts'
import type { Host } from '../inventory/types.ts'
import { groupBy } from '../kernel/group-by.ts'
import { askHost } from '../phases/ask-host.ts'
import { onHosts } from '../phases/host-scripts.ts'
import { runPhases } from '../phases/run-phases.ts'
import { stageImages as stagePhase, type StageDoors, type StageImages } from '../phases/stage-images.ts'

export interface ImagesClients extends StageDoors {
  readonly signal: AbortSignal
}

export interface ImageState extends WantedImage {
  readonly state: 'there' | 'missing' | 'unknown'
}

/** Which images the components want on which hosts, and whether they are there. */
export async function listImages(
  request: {
    readonly hosts: readonly Host[]
    readonly images: readonly WantedImage[]
    readonly forks: number
  },
  clients: ImagesClients,
): Promise<readonly ImageState[]> {
  const { hosts, images, forks } = request
  const hint = 'repair them, or leave them out with --limit'
  const work = { what: 'look for images', hint, hosts, forks, signal: clients.signal }
  const reports = await onHosts(work, (host) => askHost(host, clients, clients.signal))
  const wanted = groupBy(images, ({ host }) => host)
  return reports.flatMap((report) => {
    const own = wanted.get(report.host) ?? []
    const missing = new Set(missingImages(own, report))
    const stateOf = (image: string): ImageState['state'] =>
      report.images === undefined ? 'unknown' : missing.has(image) ? 'missing' : 'there'
    return own.map((each) => ({ ...each, state: stateOf(each.image) }))
  })
}

/** Brings what is missing; a second run finds nothing to do. */
export async function stageImages(
  request: StageImages & { readonly check: boolean },
  clients: ImagesClients,
): Promise<{ readonly changed: boolean }> {
  const { changes } = await runPhases([stagePhase(request, clients)], {
    ...clients,
    check: request.check,
    diff: false,
  })
  return { changed: changes.length > 0 }
}
