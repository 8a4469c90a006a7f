import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runtimeFiles, type Runtime } from '../../bootstrap/node-runtime.mjs'
import { writeStartAgent } from '../../bootstrap/start-agent-archive.mjs'
import { run } from '../lab/run-command.ts'

const test = suite('start agent archive')
let folder: string

test.before.each(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kmesos-archive-'))
})

test.after.each(async () => await rm(folder, { recursive: true }))

/** A small program in Node's place: Node itself takes 3 s to compress. */
async function makeDist(name: string, bundle: string): Promise<string> {
  const dist = join(folder, name)
  await mkdir(dist)
  await writeFile(join(dist, 'kmesos-start.cjs'), bundle)
  return dist
}

function smallRuntime(): Runtime {
  return runtimeFiles('/bin/echo')
}

test('equal contents give an equal archive, other contents another name', async () => {
  const [one, two] = [await makeDist('one', 'a'), await makeDist('two', 'a')]
  const first = writeStartAgent(one, smallRuntime())
  assert.equal(writeStartAgent(two, smallRuntime()), first)
  assert.equal(await readFile(join(one, first.file)), await readFile(join(two, first.file)))
  const other = writeStartAgent(await makeDist('three', 'b'), smallRuntime())
  assert.is.not(other.digest, first.digest)
  assert.equal(JSON.parse(await readFile(join(one, 'start-agent.json'), 'utf8')), first)
})

test('tar unpacks it, and the script starts the runtime with its own loader and libraries', async () => {
  const dist = await makeDist('dist', 'content of the bundle')
  const { file } = writeStartAgent(dist, smallRuntime())
  const target = join(folder, 'target')
  await mkdir(target)
  await run(['tar', '-xzf', join(dist, file), '-C', target])
  assert.is(await readFile(join(target, 'kmesos-start.cjs'), 'utf8'), 'content of the bundle')
  const { stdout } = await run([join(target, 'kmesos-start'), 'two words'], { env: {} })
  assert.match(stdout, /kmesos-start\.cjs two words\n$/)
  const list = (await run(['tar', '-tvzf', join(dist, file)])).stdout
  assert.match(list, /-rwxr-xr-x root\/root .* 1970-01-01 .* bin\/node/)
  assert.match(list, /lib\/ld-\S+/)
  assert.match(list, /lib\/libc\.so/)
})

test("the machine's own Node is listed with all libraries that ldd tells", () => {
  const { files, loader } = runtimeFiles()
  const paths = files.map(({ path }) => path)
  assert.ok(paths.includes('bin/node'))
  // A Node that is linked statically has neither.
  assert.is(loader === undefined, paths.length === 1)
})

test.run()
