import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { familiarRef, readAnswers } from '../../src/plan/answers.ts'
import { meets } from '../../src/plan/resources.ts'
import { unifiedDiff } from '../../src/plan/unified-diff.ts'

test('references of images are compared as Docker compares them', () => {
  assert.is(familiarRef('docker.io/library/zookeeper'), 'zookeeper:latest')
  assert.is(familiarRef('zookeeper:3.8'), 'zookeeper:3.8')
  assert.is(familiarRef('registry.example:5000/a/b'), 'registry.example:5000/a/b:latest')
  assert.is(familiarRef('a/b:1@sha256:abc'), 'a/b@sha256:abc')
})

test('finds what docker found, and counts a missing one as missing', () => {
  const text = '{"Name":"/a","Id":"1"}\nError response from daemon: No such container: b\n'
  const answers = readAnswers(
    [
      { ask: 'container', name: 'a' },
      { ask: 'container', name: 'b' },
    ],
    text,
    1,
  )
  assert.equal(answers, [
    { ask: 'docker', found: { Name: '/a', Id: '1' } },
    { ask: 'docker', found: null },
  ])
})

test('a daemon that does not answer is no missing container', () => {
  const text =
    'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n'
  const [answer] = readAnswers([{ ask: 'image', ref: 'a' }], text, 1)
  assert.is(answer?.ask, 'error')
})

test('a path that may not be looked at is no absent path', () => {
  const text = "stat: cannot statx '/root/x': Permission denied\n"
  const [answer] = readAnswers([{ ask: 'stat', path: '/root/x' }], text, 1)
  assert.equal(answer, { ask: 'error', message: "cannot statx '/root/x': Permission denied" })
})

test('a change meets what looked at the same thing, or at a tree around it', () => {
  assert.is(meets(['path:/a/b'], ['path:/a']), false)
  assert.is(meets(['path:/a/b'], ['path:/a/**']), true)
  assert.is(meets(['path:/a'], ['path:/a/**']), true)
  assert.is(meets(['path:/ab'], ['path:/a/**']), false)
  assert.is(meets(['*'], ['path:/x']), true)
  assert.is(meets([], ['*']), false)
  assert.is(meets(['user:op'], ['user:**']), true)
})

test('a diff shows three lines around a change, and says where the last line has no end', () => {
  const before = Array.from({ length: 12 }, (_, index) => `line ${index}`).join('\n')
  const diff = unifiedDiff(`${before}\n`, `${before.replace('line 6', 'LINE 6')}`, 'x')
  assert.match(diff, '@@ -4,9 +4,9 @@\n line 3\n line 4\n line 5\n-line 6\n+LINE 6\n line 7\n')
  assert.match(diff, '-line 11\n+line 11\n\\ No newline at end of file\n')
  assert.is(unifiedDiff('a\n', 'a\n', 'x'), '')
})

test.run()
