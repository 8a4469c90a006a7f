import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { allInOne, openBadLuckLab, type BadLuckLab } from '../support/bad-luck-lab.ts'
import { assertFailure, type ProgramEnd } from '../support/kmesos-program.ts'

/** Images on a host that has none: seen by the checks, brought from an archive of another host, nothing left behind. */
const test = suite('images brought to hosts')
const [full, empty, stopped] = [11, 12, 13]
const wanted = ['kmesos/engine:local', 'kmesos/zookeeper:local']
let rig: BadLuckLab
let archive: string

test.before(async () => {
  rig = await openBadLuckLab('images', 141)
  await rig.lab.up('full', full, { images: ['zookeeper', 'engine'] })
  await rig.lab.up('empty', empty)
  await rig.lab.up('stopped', stopped, { docker: 'masked' })
  await Promise.all(['full', 'empty', 'stopped'].map((name) => rig.lab.waitReady(name)))
  archive = join(rig.kmesos.folder, 'images.tar')
  await rig.on('full', `docker save -o /root/images.tar ${wanted.join(' ')}`)
  const file = `/proc/${await rig.lab.initPid('full')}/root/root/images.tar`
  await promisify(execFile)('cp', [file, archive])
})
test.after(() => rig.close())

const images = async (octet: number, ...words: readonly string[]): Promise<ProgramEnd> =>
  await rig.kmesos.run(['images', ...words, ...allInOne, ...(await rig.reach(octet))])

test('the list tells what is there and what is missing', async () => {
  const there = await images(full, 'list')
  assert.is(there.code, 0, there.stderr)
  const missing = await images(empty, 'list')
  const blind = await images(stopped, 'list')
  for (const image of wanted) {
    const line = (state: string): RegExp => new RegExp(`^aio\\s+${image}\\s+local\\s+${state}\\s*$`, 'm')
    assert.match(there.stdout, line('there'))
    assert.match(missing.stdout, line('missing'))
    assert.match(blind.stdout, line('unknown'))
  }
})

test('images come from an archive; the plan comes first, and a second run finds nothing to do', async () => {
  const stage = ['stage', '--from', archive]
  const plan = await images(empty, ...stage, '--check')
  assert.is(plan.code, 0, plan.stdout + plan.stderr)
  assert.match(plan.stdout, /images on aio.*load .*kmesos\/zookeeper:local/)
  assert.is((await rig.on('empty', 'docker images -q')).trim(), '')
  const staged = await images(empty, ...stage)
  assert.is(staged.code, 0, staged.stdout + staged.stderr)
  const listed = await images(empty, 'list')
  assert.not.match(listed.stdout, 'missing')
  assert.is((await rig.on('empty', 'ls /var/tmp | grep kmesos')).trim(), '')
  const again = await images(empty, ...stage)
  assert.is(again.code, 0)
  assert.not.match(again.stdout, 'images on aio')
})

test('an archive without the image, a file that is none, and a host without Docker are told with the way out', async () => {
  await rig.on('empty', `docker rmi ${wanted.join(' ')}`)
  await rig.on('full', `docker save -o /root/half.tar ${wanted[0]}`)
  const half = join(rig.kmesos.folder, 'half.tar')
  await promisify(execFile)('cp', [`/proc/${await rig.lab.initPid('full')}/root/root/half.tar`, half])
  assertFailure(await images(empty, 'stage', '--from', half), {
    code: 1,
    says: [`aio: the archive ${half} has no image kmesos/zookeeper:local`],
  })
  const text = await rig.kmesos.write('no-archive.tar', 'nothing\n')
  assertFailure(await images(empty, 'stage', '--from', text), {
    code: 1,
    says: [/docker load --input \S+ ended with exit code 1/],
  })
  assert.is((await rig.on('empty', 'ls /var/tmp | grep kmesos')).trim(), '')
  assertFailure(await images(empty, 'stage', '--from', '/nowhere.tar'), { code: 2, says: ['/nowhere.tar'] })
  assertFailure(await images(stopped, 'stage', '--from', half), {
    code: 3,
    says: ['aio: Docker does not run: `kmesos bootstrap --tags docker` sets it up'],
  })
})

test.run()
