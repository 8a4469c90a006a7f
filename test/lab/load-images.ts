import { join } from 'node:path'
import { buildScratchDir, withBuildDocker } from './build-docker.ts'
import { ensureImages } from './build-images.ts'
import { imagesLock } from './built-images.ts'
import { imageReference } from './image-plan.ts'
import type { Lab } from './lab.ts'
import { withLock } from './lock.ts'
import { run } from './run-command.ts'

/** Puts images into the Docker of a host that is up already (save and load, about 5 s for each 400 MB). */
export async function loadImages(lab: Lab, host: string, names: readonly string[]): Promise<void> {
  const { cacheDir } = lab.settings
  await ensureImages({ cacheDir, names, report: () => undefined })
  const socket = `unix:///proc/${await lab.initPid(host)}/root/run/docker.sock`
  const archive = join(buildScratchDir(cacheDir), `${host}.tar`)
  const save = ['save', '--output', archive, ...names.map(imageReference)]
  await withLock(imagesLock(cacheDir), () =>
    withBuildDocker(cacheDir, async (docker) => {
      await run([...docker.cli, ...save], { what: 'save images' })
      await run(['docker', '-H', socket, 'load', '--input', archive], { what: `load images on ${host}` })
    }),
  )
}
