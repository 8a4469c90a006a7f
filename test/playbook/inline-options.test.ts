import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { takeInlineOptions } from '../../src/playbook/inline-options.ts'

const test = suite('inline options')

test('takes the options of a command out of its text, wherever they stand', () => {
  assert.equal(takeInlineOptions('touch /srv/a creates=/srv/a'), {
    text: 'touch /srv/a',
    options: { creates: '/srv/a' },
  })
  assert.equal(takeInlineOptions('chdir=/opt make "a b" removes="/x y"'), {
    text: 'make "a b"',
    options: { chdir: '/opt', removes: '/x y' },
  })
  assert.equal(takeInlineOptions("rm x removes='<%= a + b %>'").options, { removes: '<%= a + b %>' })
})

test('leaves everything else as it is', () => {
  for (const text of [
    'env A=1 creates-x=2 b',
    'echo "creates=/x"',
    "sh -c 'cd /x && chdir=1'",
    'echo <%= list.map((creates) => creates) %>',
    'printf "%s\\n"  two  spaces\nsecond line\n',
  ])
    assert.equal(takeInlineOptions(text), { text, options: {} })
})

test.run()
