import { build as bundle } from 'esbuild'
import { cp, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { digestOf } from '../../src/kernel/digest.ts'
import { CommandError } from '../../src/kernel/errors.ts'
import { Limiter } from '../../src/kernel/pool.ts'
import { loadAptSources, type AptSources } from './apt-sources.ts'
import { buildScratchDir, withBuildDocker, type BuildDocker } from './build-docker.ts'
import {
  imagesLock,
  readBuiltImages,
  writeBuiltImages,
  type BuiltImage,
  type BuiltImages,
} from './built-images.ts'
import { imageReference, loadImageNames, loadImagePlan, rawImage, type PlannedImage } from './image-plan.ts'
import { withLock } from './lock.ts'
import { aptOptions } from './rootfs.ts'
import { endsWhole, lastLines, run, tryRun } from './run-command.ts'

export interface EnsureImagesOptions {
  readonly cacheDir: string
  /** All unless told; parents come with their children. */
  readonly names?: readonly string[]
  readonly report: (line: string) => void
}

const projectDir = fileURLToPath(new URL('../..', import.meta.url))
const imagesDirs = [join(projectDir, 'bootstrap/images'), join(import.meta.dirname, 'stand-ins/images')]

const standInsFile = join(projectDir, 'dist/stand-ins.cjs')
const standIns = ['mesos-master', 'mesos-slave', 'marathon', 'mesos-stand-in']

/** The stand-ins are for the lab alone: built here, and only when one of their images is wanted. */
async function bundleStandIns(names: readonly string[]): Promise<void> {
  if (!names.some((name) => standIns.includes(name))) return
  const temporary = `${standInsFile}.${process.pid}`
  await bundle({
    entryPoints: [join(import.meta.dirname, 'stand-ins/main.ts')],
    outfile: temporary,
    absWorkingDir: projectDir,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    minify: true,
    keepNames: true,
    legalComments: 'none',
    logLevel: 'warning',
  })
  await rename(temporary, standInsFile)
}

/** What `bootstrap/build.mjs` makes for images, by image. */
const made: Readonly<Record<string, readonly string[]>> = {
  node: [join(projectDir, 'dist/node-runtime')],
  engine: [join(projectDir, 'dist/kmesos-engine.cjs')],
  'mesos-stand-in': [standInsFile],
}

/**
 * Builds those of the images whose inputs changed: Dockerfile, files beside it, parents, package sources. All of them
 * from nothing take about 3 minutes on 2 cores; nothing to do takes a fraction of a second and starts no engine.
 */
export async function ensureImages(options: EnsureImagesOptions): Promise<BuiltImages> {
  const sources = await loadAptSources()
  const names = options.names ?? (await loadImageNames(imagesDirs))
  await bundleStandIns(names)
  const plan = await loadImagePlan(names, { imagesDirs, made, rawDigest: rawDigest(sources) })
  const built = await readBuiltImages(options.cacheDir)
  if (staleImages(plan, built).length === 0) return built
  const onWait = (): void => options.report('waiting for another process that builds images')
  return await withLock(imagesLock(options.cacheDir), () => buildStale(plan, sources, options), { onWait })
}

function staleImages(plan: readonly PlannedImage[], built: BuiltImages): readonly PlannedImage[] {
  return plan.filter((image) => built[image.name]?.digest !== image.digest)
}

async function buildStale(
  plan: readonly PlannedImage[],
  sources: AptSources,
  { cacheDir, report }: EnsureImagesOptions,
): Promise<BuiltImages> {
  const before = await readBuiltImages(cacheDir)
  const stale = staleImages(plan, before)
  if (stale.length === 0) return before
  return await withBuildDocker(cacheDir, async (docker) => {
    let built = before
    const keep = async (name: string, image: BuiltImage): Promise<void> => {
      built = { ...built, [name]: image }
      await writeBuiltImages(cacheDir, built)
    }
    const context = { docker, scratchDir: buildScratchDir(cacheDir), report }
    if (built[rawImage]?.digest !== rawDigest(sources))
      await keep(rawImage, await importRaw(context, sources))
    await buildInOrder(stale, async (image) => await keep(image.name, await buildImage(context, image)))
    await tryRun([...docker.cli, 'image', 'prune', '--force'])
    return built
  })
}

/** Children after their parents, at most two at a time: unpacking packages keeps one core busy each. */
async function buildInOrder(
  images: readonly PlannedImage[],
  build: (image: PlannedImage) => Promise<void>,
): Promise<void> {
  const places = new Limiter(2)
  const running = new Map<string, Promise<void>>()
  for (const image of images) {
    running.set(
      image.name,
      Promise.resolve(running.get(image.parent)).then(() => places.run(() => build(image))),
    )
  }
  const outcomes = await Promise.allSettled(running.values())
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}

function rawDigest(sources: AptSources): string {
  return digestOf({ sources: sources.lines, options: aptOptions(sources), trim: trimWords })
}

// Half of the files of a small Debian are documents that nobody reads in a container.
const trimWords = ['usr/share/doc', 'usr/share/man', 'usr/share/info', 'usr/share/locale'].map(
  (folder) => `--customize-hook=rm -rf "$1/${folder}" && mkdir -p "$1/${folder}"`,
)

interface BuildContext {
  readonly docker: BuildDocker
  readonly scratchDir: string
  readonly report: (line: string) => void
}

async function importRaw(
  { docker, scratchDir, report }: BuildContext,
  sources: AptSources,
): Promise<BuiltImage> {
  const started = Date.now()
  const archive = join(scratchDir, 'debian.tar')
  const options = aptOptions(sources).map((option) => `--aptopt=${option}`)
  const words = [
    ...endsWhole,
    'mmdebstrap',
    '--variant=minbase',
    '--dpkgopt=force-unsafe-io',
    ...options,
    ...trimWords,
  ]
  await run([...words, '', archive, '-'], {
    what: 'make the base file system',
    input: `${sources.lines.join('\n')}\n`,
    env: { ...process.env, TMPDIR: scratchDir },
  })
  const imported = [...docker.cli, 'import', archive, imageReference(rawImage)]
  await run(imported, { what: 'import the base file system' })
  await rm(archive)
  const image = await inspect(docker, rawImage, rawDigest(sources))
  report(imageLine(rawImage, started, image))
  return image
}

async function buildImage(
  { docker, scratchDir, report }: BuildContext,
  image: PlannedImage,
): Promise<BuiltImage> {
  const started = Date.now()
  const context = join(scratchDir, image.name)
  for (const path of image.contents) {
    const file = (await stat(path)).isFile()
    await cp(path, file ? join(context, basename(path)) : context, { recursive: true })
  }
  const words = [...docker.cli, 'build', ...docker.buildWords, '--tag', imageReference(image.name), context]
  // The classic builder: BuildKit wants a plug-in, and keeps its layers where they cannot be linked from.
  const result = await tryRun(words, { env: { ...process.env, DOCKER_BUILDKIT: '0' } })
  if (result.code !== 0) {
    throw new CommandError(`cannot build image ${imageReference(image.name)} from ${image.contents[0]}`, {
      detail: lastLines(`${result.stdout}\n${result.stderr}`, 25),
      hint: 'when a package cannot be had, run `apt-get update` and look at the sources in /etc/apt',
    })
  }
  const built = await inspect(docker, image.name, image.digest)
  report(imageLine(image.name, started, built))
  return built
}

async function inspect(docker: BuildDocker, name: string, digest: string): Promise<BuiltImage> {
  const words = [...docker.cli, 'image', 'inspect', '--format', '{{.Id}} {{.Size}}', imageReference(name)]
  const { stdout } = await run(words)
  const [id = '', bytes = '0'] = stdout.trim().split(' ')
  return { digest, id, bytes: Number(bytes) }
}

function imageLine(name: string, startedMs: number, image: BuiltImage): string {
  const seconds = ((Date.now() - startedMs) / 1000).toFixed(1)
  return `${imageReference(name).padEnd(30)} ${seconds.padStart(6)} s ${String(Math.round(image.bytes / 1e6)).padStart(5)} MB`
}
