import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { build } from '../../bootstrap/build.mjs'
import { cacheFileOf } from '../../src/cli/code-cache.ts'
import { makeUser } from '../support/linux-users.ts'

/** The built program where others installed it: its own folder is read-only, or of another Node, or new. */
const starts = suite<{ folder: string; work: string }>('start of the built program')

const dist = join(import.meta.dirname, '../../dist')
const programFiles = ['kmesos.js', 'kmesos-cli.cjs']
const cacheName = basename(cacheFileOf('kmesos-cli.cjs'))

starts.before(async () => {
  await build({ quiet: true })
})
starts.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'kmesos-installed-'))
  chmodSync(context.folder, 0o755)
  mkdirSync(join(context.folder, 'dist'))
  writeFileSync(join(context.folder, 'package.json'), '{"type": "module"}\n')
  for (const name of programFiles) copyFileSync(join(dist, name), join(context.folder, 'dist', name))
  context.work = join(context.folder, 'work')
  mkdirSync(context.work)
  chmodSync(context.work, 0o777)
  const task = '{ name: say, debug: { msg: "it <%= word %>" } }'
  writeFileSync(
    join(context.work, 'site.yml'),
    `- { hosts: all, gather_facts: false, vars: { word: works }, tasks: [${task}] }\n`,
  )
})
starts.after.each(({ folder }) => rmSync(folder, { recursive: true }))

interface Who {
  readonly uid: number
  readonly gid: number
}

/** Plays on this machine without SSH; gives what was said, after an end without fault. */
async function play({ folder, work }: { folder: string; work: string }, who?: Who): Promise<string> {
  const words = ['play', 'site.yml', '-i', 'localhost,', '-e', 'ansible_connection=local', '--verbose']
  const child = spawn(process.execPath, [join(folder, 'dist/kmesos.js'), ...words], {
    cwd: work,
    env: { PATH: process.env['PATH'] ?? '', HOME: work },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...who,
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')))
  const [code] = (await once(child, 'close')) as [number | null]
  assert.is(code, 0, output)
  assert.match(output, 'it works')
  return output
}

const installed = (folder: string): readonly string[] => readdirSync(join(folder, 'dist')).sort()

starts('the build leaves compiled code of this Node', () => {
  assert.ok(readdirSync(dist).includes(cacheName), readdirSync(dist).join(' '))
})

starts('another user runs it from a folder that only root can write', async ({ folder, work }) => {
  const user = await makeUser()
  try {
    const idOf = async (flag: string): Promise<number> =>
      Number((await promisify(execFile)('id', [flag, user.name])).stdout)
    const who = { uid: await idOf('-u'), gid: await idOf('-g') }
    await play({ folder, work }, who)
    assert.equal(installed(folder), [...programFiles].sort(), 'without compiled code')
    copyFileSync(join(dist, cacheName), join(folder, 'dist', cacheName))
    await play({ folder, work }, who)
    assert.equal(installed(folder), [...programFiles, cacheName].sort(), 'with it')
  } finally {
    await user.remove()
  }
})

starts('the first play keeps compiled code, the second leaves it as it is', async ({ folder, work }) => {
  await play({ folder, work })
  assert.equal(installed(folder), [...programFiles, cacheName].sort())
  const { mtimeMs, size } = statSync(join(folder, 'dist', cacheName))
  assert.ok(size > 100_000, `${size} bytes`)
  await play({ folder, work })
  assert.is(statSync(join(folder, 'dist', cacheName)).mtimeMs, mtimeMs)
})

starts('first plays at the same time do not disturb each other', async ({ folder, work }) => {
  await Promise.all([1, 2, 3].map(() => play({ folder, work })))
  assert.equal(installed(folder), [...programFiles, cacheName].sort())
  await play({ folder, work })
})

starts.run()
