import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { quoteWord } from '../../src/kernel/shell.ts'
import { realPathCommand, realPathFunction } from '../../src/plan/real-path.ts'
import { makeFolder } from '../support/run-playbook.ts'

/** What stands in the folder of each case, and paths that are asked for there. */
const made = `mkdir -p 'a b/deep' && : >'a b/file' && : >'a b/deep/low' && ln -s 'a b' dir && ln -s 'a b/file' one
ln -s one two && ln -s "$PWD/a b/deep" whole && ln -s ../file 'a b/deep/up' && ln -s missing dangling && ln -s nowhere/x lost
ln -s . dot && ln -s 'a b/' slash && ln -s 'a b/file/' through && ln -s -- -n minus && : >./-n && ln -s one 'new
line' && ln -s .. parent && ln -s / root`

const asked = [
  ...[
    'a b/file',
    'one',
    'two',
    'dir',
    'dir/',
    'dir//file',
    'whole',
    'whole/up',
    'whole/low',
    'dangling',
    'lost',
  ],
  ...[
    'dot',
    'dot/dot/one',
    'slash',
    'slash/file',
    'minus',
    '-n',
    'new\nline',
    'parent',
    'root',
    'missing',
    'no/such',
  ],
  ...['.', '..', '/', '//', '/tmp', 'dir/../dir/file', 'dir/deep/..'],
]

function shell(script: string, cwd: string): { readonly text: string; readonly isDone: boolean } {
  const { stdout, status } = spawnSync('dash', ['-c', script], { cwd, encoding: 'utf8', timeout: 20_000 })
  assert.ok(status !== null, `did not end: ${script}`)
  return { text: stdout, isDone: status === 0 }
}

function realPath(path: string, cwd: string): { readonly text: string; readonly isDone: boolean } {
  return shell(`${realPathFunction}\n${realPathCommand(quoteWord(path))}`, cwd)
}

test('says what readlink -f says: names with blanks, chains, links to folders, above and below, missing ends', () => {
  const folder = makeFolder()
  try {
    assert.ok(shell(made, folder.path).isDone)
    for (const name of [
      ...asked,
      ...asked.map((each) => (each.startsWith('/') ? each : join(folder.path, each))),
    ]) {
      const theirs = shell(`readlink -f -- ${quoteWord(name)}`, folder.path)
      assert.equal(realPath(name, folder.path), theirs, JSON.stringify(name))
    }
  } finally {
    folder.remove()
  }
})

test('ends on links in a circle, also on one that leads below itself, where readlink -f does not', () => {
  const folder = makeFolder()
  try {
    shell('ln -s d/c d; ln -s b a; ln -s a b; ln -s self self; mkdir f; ln -s ../f/g/h f/g', folder.path)
    for (const name of ['d', 'd/c', 'a', 'b', 'self', 'f/g', 'd/']) {
      assert.equal(realPath(name, folder.path), { text: '', isDone: false }, name)
    }
  } finally {
    folder.remove()
  }
})

test('no program for hosts resolves paths in another way', () => {
  const source = join(import.meta.dirname, '../../src')
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  )
  const others = files.filter((file) => {
    const code = readFileSync(join(source, file), 'utf8').replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, '')
    return /readlink\s+(-\w*[fem]|--canonicalize)|(?<![\w.{ ] ?)realpath\s+[-$'"]/.test(code)
  })
  assert.ok(files.length > 300)
  assert.equal(others, [])
})

test.run()
