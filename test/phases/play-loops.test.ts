import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { localTransport, messages, outcomes, playText } from '../support/run-playbook.ts'

/** What debug says for each item. */
async function itemsOf(loop: string): Promise<readonly string[]> {
  const run = await playText(
    `- hosts: all\n  tasks:\n    - { name: t, debug: { msg: "<%= JSON.stringify(item) %>" }, ${loop} }\n`,
    { files: { 'files/a.conf': '1', 'files/b.conf': '2', 'files/c.txt': '3' } },
  )
  return run.results.map((result) => result.message ?? '')
}

const loops: readonly (readonly [string, readonly unknown[]])[] = [
  ['loop: [1, [2, 3]]', [1, [2, 3]]],
  ['loop: "<%= [4, 5].map((x) => x * 2) %>"', [8, 10]],
  ['with_items: [1, [2, 3]]', [1, 2, 3]],
  ['with_list: [1, [2]]', [1, [2]]],
  ['with_flattened: [1, [2, [3]]]', [1, 2, 3]],
  [
    'with_dict: { a: 1, b: 2 }',
    [
      { key: 'a', value: 1 },
      { key: 'b', value: 2 },
    ],
  ],
  ['with_sequence: start=1 end=5 stride=2 format=h%02d', ['h01', 'h03', 'h05']],
  ['with_sequence: count=2', ['1', '2']],
  ['with_sequence: count=0', []],
  ['with_sequence: "4-1/-1"', ['4', '3', '2', '1']],
  [
    'with_nested: [[a, b], [1, 2]]',
    [
      ['a', 1],
      ['a', 2],
      ['b', 1],
      ['b', 2],
    ],
  ],
  [
    'with_together: [[a, b], [1]]',
    [
      ['a', 1],
      ['b', null],
    ],
  ],
  [
    'with_indexed_items: [x, y]',
    [
      [0, 'x'],
      [1, 'y'],
    ],
  ],
  [
    'with_subelements: [[{ n: 1, s: [a, b] }], s]',
    [
      [{ n: 1, s: ['a', 'b'] }, 'a'],
      [{ n: 1, s: ['a', 'b'] }, 'b'],
    ],
  ],
]

for (const [loop, expected] of loops) {
  test(`items of ${loop}`, async () => {
    const shown = await itemsOf(loop)
    assert.equal(expected.length === 0 ? [] : shown.map((text) => JSON.parse(text) as unknown), expected)
  })
}

test('with_fileglob and with_first_found look for files here', async () => {
  const globbed = await itemsOf('with_fileglob: ["*.conf"]')
  assert.equal(
    globbed.map((text) => text.replace(/.*\//, '')),
    ['a.conf"', 'b.conf"'],
  )
  const first = await itemsOf('with_first_found: [nosuch.conf, b.conf]')
  assert.match(first.join(), /^"\S+\/files\/b\.conf"$/)
})

test('loop_control: other names for item and index, a label, and what is around an item', async () => {
  const run = await playText(`
- hosts: all
  tasks:
    - name: t
      debug: { msg: "<%= i %> <%= each.n %> <%= ansible_loop.last %> <%= ansible_loop.previtem?.n ?? 'none' %> <%= ansible_loop_var %>" }
      loop: [{ n: a }, { n: b }]
      loop_control: { loop_var: each, index_var: i, label: "<%= each.n %>", extended: true }
`)
  assert.equal(messages(run), ['t (a) = 0 a false none each', 't (b) = 1 b true a each'])
})

test('results of a loop hold every item, skipped ones too, and until counts for each item', async () => {
  const run = await playText(`
- hosts: all
  tasks:
    - name: count
      shell: "echo x >> DIR/<%= item %>; wc -l < DIR/<%= item %>"
      loop: [a, b, c]
      when: item !== 'b'
      register: r
      until: Number(r.stdout) >= 2
      retries: 2
      delay: 0
    - { name: said, debug: { msg: "<%= r.results.map((x) => [x.item, x.attempts ?? 0, x.skipped ?? false].join(':')).join(' ') %>" } }
`)
  assert.is(run.results.at(-1)?.message, 'a:2:false b:0:true c:2:false')
  assert.is(run.recap.hosts[0]?.failed, 0)
})

test('one item that cannot be rendered fails, the others are done, and the task has failed', async () => {
  const run = await playText(`
- hosts: all
  tasks:
    - { name: t, debug: { msg: "<%= item.x.y %>" }, loop: [{ x: { y: 1 } }, {}, { x: { y: 3 } }] }
    - { name: after, debug: {} }
`)
  assert.equal(
    run.results.map((each) => each.status),
    ['ok', 'failed', 'ok'],
  )
})

test('10,000 items: one program at a time of bounded size, no stack overflow', async () => {
  const transport = localTransport()
  const run = await playText(
    `
- hosts: all
  tasks:
    - { name: many, set_fact: { last: "<%= item %>" }, loop: "<%= Array.from({ length: 10000 }, (_, i) => i) %>" }
    - { name: included, include_tasks: part.yml, loop: "<%= Array.from({ length: 10000 }, (_, i) => i) %>" }
    - { name: end, debug: { var: last } }
`,
    { transport, files: { 'part.yml': '- { name: "part", set_fact: { inner: "<%= item %>" } }\n' } },
  )
  assert.is(run.results.at(-1)?.message, 'last = 9999')
  assert.is(run.results.length, 20_001)
  assert.is(transport.programs.length, 0)
})

test('a register on a block is refused, two loops on a task too', async () => {
  const fault = async (text: string): Promise<string> =>
    playText(text).then(
      () => 'no fault',
      (error: Error & { detail?: string }) => error.detail ?? error.message,
    )
  assert.match(
    await fault('- hosts: all\n  tasks: [{ block: [{ debug: {} }], register: x }]\n'),
    /unknown keyword of a block "register"/,
  )
  assert.match(
    await fault('- hosts: all\n  tasks: [{ debug: {}, loop: [1], with_items: [2] }]\n'),
    /one loop, this one has loop and with_items/,
  )
  assert.match(
    await fault('- hosts: all\n  tasks: [{ debug: {}, loop: [1], loop_control: { lable: x } }]\n'),
    /did you mean "label"/,
  )
})

test('an empty loop is skipped', async () => {
  assert.equal(outcomes(await playText('- hosts: all\n  tasks: [{ name: t, debug: {}, loop: [] }]\n')), [
    't (undefined): skipped',
  ])
})

test.run()
