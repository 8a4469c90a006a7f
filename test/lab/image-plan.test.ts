import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rejects } from '../support/rejects.ts'
import { loadImagePlan, type PlannedImage } from './image-plan.ts'

const test = suite('image plan')
let imagesDir: string

test.before.each(async () => {
  imagesDir = await mkdtemp(join(tmpdir(), 'kmesos-images-'))
  await image('base', 'FROM kmesos/debian:local\n')
  await image('java', 'FROM kmesos/base:local\nRUN java\n')
  await image('zookeeper', 'FROM kmesos/java:local\nCOPY start /start\n')
  await image('alone', 'FROM kmesos/base:local\n')
})

test.after.each(async () => await rm(imagesDir, { recursive: true }))

async function image(name: string, dockerfile: string): Promise<void> {
  await mkdir(join(imagesDir, name), { recursive: true })
  await writeFile(join(imagesDir, name, 'Dockerfile'), dockerfile)
}

async function plan(names: readonly string[], rawDigest = 'raw'): Promise<readonly PlannedImage[]> {
  return await loadImagePlan(names, { imagesDirs: [imagesDir], made: {}, rawDigest })
}

async function digests(rawDigest?: string): Promise<Readonly<Record<string, string>>> {
  const images = await plan(['zookeeper', 'alone'], rawDigest)
  return Object.fromEntries(images.map(({ name, digest }) => [name, digest]))
}

test('parents come before their children, each once', async () => {
  const images = await plan(['zookeeper', 'alone', 'base'])
  assert.equal(
    images.map(({ name, parent }) => `${parent} > ${name}`),
    ['debian > base', 'base > java', 'java > zookeeper', 'base > alone'],
  )
})

test('equal inputs have equal digests', async () => assert.equal(await digests(), await digests()))

test('a changed Dockerfile changes the image and its children, and no other', async () => {
  const before = await digests()
  await image('java', 'FROM kmesos/base:local\nRUN java 2\n')
  const after = await digests()
  const changed = Object.keys(after).filter((name) => after[name] !== before[name])
  assert.equal(changed, ['java', 'zookeeper'])
})

test('a file beside the Dockerfile counts, and so does its executable bit', async () => {
  const before = await digests()
  await writeFile(join(imagesDir, 'alone/start'), 'x')
  const plain = await digests()
  await rm(join(imagesDir, 'alone/start'))
  await writeFile(join(imagesDir, 'alone/start'), 'x', { mode: 0o755 })
  const executable = await digests()
  assert.is(new Set([before['alone'], plain['alone'], executable['alone']]).size, 3)
  assert.is(before['zookeeper'], executable['zookeeper'])
})

test('other package sources change all', async () => {
  const before = await digests('raw')
  const after = await digests('other')
  assert.not(Object.keys(after).some((name) => after[name] === before[name]))
})

test('an unknown image is refused with the nearest known one', async () => {
  await rejects(plan(['zokeeper']), /unknown image "zokeeper"; did you mean "zookeeper"\?/)
})

test('a Dockerfile that does not stand on one of ours is refused', async () => {
  await image('strange', 'FROM debian:12\n')
  await rejects(plan(['strange']), /bootstrap\/images\/strange\/Dockerfile must begin with/)
})

test('what a build has not made yet is named', async () => {
  const made = { alone: [join(imagesDir, 'dist.cjs')] }
  await rejects(
    loadImagePlan(['alone'], { imagesDirs: [imagesDir], made, rawDigest: 'raw' }),
    /dist\.cjs is missing/,
  )
})

test.run()
