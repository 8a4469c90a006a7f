import { stat } from 'node:fs/promises'
import type { ImagesClients } from '../../workflows/images.ts'
import type { LoadedBootstrap } from '../load-bootstrap.ts'
import { usageFault } from '../options.ts'
import {
  connectionOptions,
  deploymentOptions,
  inventoryOptions,
  limitOptions,
  outputOptions,
  planOptions,
  tagOptions,
} from '../shared-options.ts'
import type { Request, Verb, VerbResult } from '../verb.ts'
import { asPhase, type Clients } from '../wire.ts'
import { formatTable } from '../../reporter/format-table.ts'

const shared = [
  ...inventoryOptions,
  ...limitOptions,
  ...deploymentOptions.filter((option) => option.name !== 'passwords'),
  ...tagOptions,
  ...connectionOptions,
  ...outputOptions,
]

export const imagesList: Verb = {
  name: 'images list',
  summary: 'List the images that the components want on each host, and whether they are there',
  arguments: '',
  options: shared,
  examples: ['kmesos images list -i inventory/multinode'],
  screen: 'quiet',
  run: (request, clients) =>
    withImages(request, clients, async (loaded, doors) => {
      const { listImages } = await import('../../workflows/images.ts')
      const states = await listImages(loaded, doors)
      const rows = states.map(({ host, image, source, state }) => [host, image, source, state])
      clients.print(`${formatTable(['HOST', 'IMAGE', 'SOURCE', 'STATE'], rows).join('\n')}\n`)
    }),
}

export const imagesStage: Verb = {
  name: 'images stage',
  summary: 'Bring missing images to all hosts before anything is stopped: pulled, or from an archive',
  arguments: '',
  about:
    'Each host gets what its components want and it does not have. With --from, a `docker save` archive of this machine is sent over SSH and loaded, where no registry answers. --forks says how many hosts pull or load at once.',
  options: [
    { name: 'from', value: 'ARCHIVE', help: 'load them from this `docker save` archive' },
    ...planOptions.filter((option) => option.name !== 'diff'),
    ...shared,
  ],
  examples: [
    'kmesos images stage -i inventory/multinode --forks 10',
    'kmesos images stage -i inventory/multinode --from cluster-images.tar',
  ],
  screen: 'run',
  run: async (request, clients) => {
    const archive = await archiveOf(request)
    return await withImages(request, clients, async (loaded, doors) => {
      const { stageImages } = await import('../../workflows/images.ts')
      const check = request.options.flag('check')
      return await stageImages({ ...loaded, check, ...(archive === undefined ? {} : { archive }) }, doors)
    })
  },
}

async function archiveOf({ options }: Request): Promise<string | undefined> {
  const archive = options.text('from')
  if (archive === undefined) return undefined
  const found = await stat(archive).catch(() => undefined)
  if (found?.isFile()) return archive
  throw usageFault(`--from ${archive}: there is no such file; make it with \`docker save\``, 'images stage')
}

type Loaded = Pick<LoadedBootstrap, 'hosts'> & Pick<LoadedBootstrap['needs'], 'images'>

async function withImages<R extends VerbResult | void>(
  request: Request,
  clients: Clients,
  work: (loaded: Loaded & { readonly forks: number }, doors: ImagesClients) => Promise<R>,
): Promise<R> {
  const [{ loadBootstrap }, { openTransport }] = await Promise.all([
    import('../load-bootstrap.ts'),
    import('../open-transport.ts'),
  ])
  const { hosts, needs } = await asPhase(clients, 'Read and validate everything', () =>
    loadBootstrap(request, clients),
  )
  const transport = await openTransport(request, clients)
  try {
    const forks = request.options.number('forks') ?? 1
    return await work({ hosts, images: needs.images, forks }, { ...clients, transport })
  } finally {
    await transport.close()
  }
}
