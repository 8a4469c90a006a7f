import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Reporter } from '../../src/reporter/types.ts'
import { readBuiltImages } from '../lab/built-images.ts'
import { ensureImages } from '../lab/build-images.ts'
import { imageReference } from '../lab/image-plan.ts'
import { openLab, type Lab } from '../lab/lab.ts'
import { loadImages } from '../lab/load-images.ts'
import { labSettings } from '../lab/settings.ts'
import { ensurePackages, labPackages } from '../setup/packages.ts'
import { fetchToken } from './fetch-token.ts'
import { noteMade } from './made.ts'
import { runKmesos } from './run-kmesos.ts'
import { aioImages, hostName, hostOctet, type AioSettings } from './settings.ts'
import { inventoryWords, passwordsFile, relativeFolder, writeConfig } from './write-config.ts'

export interface StepContext {
  readonly settings: AioSettings
  readonly reporter: Reporter
  readonly signal: AbortSignal
  /** Tells what takes long. */
  readonly say: (text: string) => void
}

export interface StepResult {
  readonly changed: boolean
  readonly note: string
}

/** One thing that `npm run aio` does, in words for the screen. */
export interface Step {
  readonly title: string
  readonly run: (context: StepContext) => Promise<StepResult>
  /** What to do when it fails and the error itself does not say. */
  readonly wayOut: string
}

/** The whole way from nothing to a token. */
export const steps: readonly Step[] = [
  {
    title: 'Install what is missing on this machine',
    run: installPackages,
    wayOut: 'install the packages by hand, then run npm run aio again',
  },
  {
    title: 'Get the images',
    run: getImages,
    wayOut: 'npm run lab -- images builds them alone; npm run aio goes on from there',
  },
  {
    title: 'Bring up the lab host',
    run: bringUpHost,
    wayOut: 'npm run aio -- down removes it; npm run aio makes a new one',
  },
  {
    title: 'Write inventory and passwords',
    run: writeFiles,
    wayOut: 'npm run aio -- down removes them; npm run aio makes new ones',
  },
  { title: 'kmesos bootstrap', run: bootstrap, wayOut: 'npm run aio again goes on from here' },
  { title: 'kmesos deploy', run: deploy, wayOut: 'npm run aio again goes on from here' },
  { title: 'Fetch a token from Keystone', run: token, wayOut: 'npm run aio again goes on from here' },
]

async function installPackages({ say }: StepContext): Promise<StepResult> {
  let installed = 0
  const report = (line: string): void => {
    installed++
    say(line)
  }
  await ensurePackages(labPackages, { report })
  return { changed: installed > 0, note: installed > 0 ? 'installed' : 'all there' }
}

async function getImages({ settings, say }: StepContext): Promise<StepResult> {
  if (settings.images === 'registry') {
    return { changed: false, note: 'the host pulls them from the registry' }
  }
  const { cacheDir } = labSettings()
  await noteCache(settings, cacheDir)
  const before = JSON.stringify(await readBuiltImages(cacheDir))
  await ensureImages({ cacheDir, names: aioImages, report: say })
  const changed = JSON.stringify(await readBuiltImages(cacheDir)) !== before
  return { changed, note: `${aioImages.length} images ${changed ? 'built' : 'are there'}` }
}

/** Remembers that the cache is ours when it was not there before: `down` then removes it. */
async function noteCache(settings: AioSettings, cacheDir: string): Promise<void> {
  const entries = await readdir(cacheDir).catch(() => undefined)
  if (entries === undefined || entries.length === 0) await noteMade(settings, { cacheDir })
}

async function openAioLab({ settings, say }: StepContext): Promise<Lab> {
  return await openLab({ dir: settings.labDir, network: settings.network, report: say })
}

async function bringUpHost(context: StepContext): Promise<StepResult> {
  const { settings } = context
  const lab = await openAioLab(context)
  const host = (await lab.list()).find((each) => each.name === hostName)
  const running = host?.state === 'running'
  const images = settings.images === 'local' ? aioImages : []
  if (!running) await lab.up(hostName, hostOctet, { images: [...images] })
  await lab.waitReady(hostName)
  const loaded = await loadChangedImages(lab, images)
  const address = lab.address(hostOctet)
  if (loaded.length > 0) return { changed: true, note: `${address}, loaded ${loaded.join(', ')}` }
  return { changed: !running, note: running ? `${address} is up` : `${address} came up` }
}

/** Images that were built anew since the host's disk was made. */
async function loadChangedImages(lab: Lab, names: readonly string[]): Promise<readonly string[]> {
  if (names.length === 0) return []
  const built = await readBuiltImages(lab.settings.cacheDir)
  const format = '{{.Repository}}:{{.Tag}} {{.ID}}'
  const { stdout } = await lab.sh(hostName, ['docker', 'images', '--no-trunc', '--format', format])
  const there = new Set(stdout.trim().split('\n'))
  const stale = names.filter((name) => !there.has(`${imageReference(name)} ${built[name]?.id ?? ''}`))
  if (stale.length > 0) await loadImages(lab, hostName, stale)
  return stale
}

async function writeFiles(context: StepContext): Promise<StepResult> {
  const { settings } = context
  const lab = await openAioLab(context)
  const { stdout } = await lab.sh(hostName, ['cat', '/etc/ssh/ssh_host_ed25519_key.pub'])
  const access = { address: lab.address(hostOctet), privateKeyFile: lab.privateKeyFile, hostKey: stdout }
  await mkdir(settings.folder, { recursive: true, mode: 0o700 })
  const wrote = await writeConfig(settings, access)
  const words = ['password', 'init', ...deploymentWords(settings)]
  const passwords = await kmesos(words, context)
  const changed = wrote || passwords.changed
  return {
    changed,
    note: `${relativeFolder(settings)}/hosts and passwords.yml ${changed ? 'written' : 'as before'}`,
  }
}

async function bootstrap(context: StepContext): Promise<StepResult> {
  const { changed } = await kmesos(['bootstrap', ...inventoryWords(context.settings)], context)
  return { changed, note: changed ? 'the cluster is up' : 'nothing to do' }
}

async function deploy(context: StepContext): Promise<StepResult> {
  const { changed } = await kmesos(deployWords(context.settings), context)
  return { changed, note: changed ? 'all services are ready' : 'nothing to do' }
}

async function token({ settings, signal }: StepContext): Promise<StepResult> {
  const { authUrl, project, expires } = await fetchToken(openrcFile(settings), signal)
  return { changed: false, note: `${authUrl}, project ${project}, valid until ${expires}` }
}

function kmesos(words: readonly string[], context: StepContext): Promise<{ readonly changed: boolean }> {
  const { settings, reporter, signal } = context
  return runKmesos({ words, projectDir: settings.projectDir, reporter, signal })
}

export function deploymentWords(settings: AioSettings): readonly string[] {
  return [...inventoryWords(settings), '--passwords', passwordsFile(settings)]
}

export function deployWords(settings: AioSettings): readonly string[] {
  const outputs = ['--outputs', relativeFolder(settings)]
  return ['deploy', ...deploymentWords(settings), '--profile', 'minimal', ...outputs]
}

export function openrcFile(settings: AioSettings): string {
  return join(settings.folder, 'openrc')
}
