import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openKmesosProgram, type KmesosProgram } from '../support/kmesos-program.ts'
import { openTerminal, type Terminal } from '../support/terminal.ts'

const test = suite('the tree of 1,000 hosts on a real terminal (tmux)')
const count = 1_000
let kmesos: KmesosProgram
let terminal: Terminal

/** All say something; of the first sixty one fails and four are long at their step. */
const playbook = (folder: string): string => `- name: Configure
  hosts: all
  gather_facts: false
  tasks:
    - { name: Say, debug: { msg: here } }
    - name: Pull the image
      when: Number(inventory_hostname.slice(1)) <= 60
      shell: |
        case <%= inventory_hostname %> in
        h0003) echo "no space left on device" >&2; exit 1;;
        h00[1-4]0) echo "layer 7 of 9"; while [ ! -e ${folder}/go ] && [ -e ${folder}/hosts ]; do sleep 1; done;;
        esac
`

test.before.each(async () => {
  kmesos = await openKmesosProgram('screen-large')
  const names = Array.from({ length: count }, (_, index) => `h${String(index + 1).padStart(4, '0')}`)
  await kmesos.write('hosts', names.map((name) => `${name} ansible_connection=local\n`).join(''))
  await kmesos.write('site.yml', playbook(kmesos.folder))
  terminal = await openTerminal({ columns: 100, rows: 20, cwd: kmesos.folder })
  const program = `${process.execPath} ${import.meta.dirname}/../../dist/kmesos.js`
  await terminal.type(`HOME=${kmesos.folder} ${program} play site.yml -i hosts; echo "ended with $?"`)
})
test.after.each(async () => {
  await terminal.close()
  await kmesos.close()
})

/** What stays so until the file `go` is there. */
const counts = /1000 hosts, 1 failed, 4 running, 55 changed, 940 ok, 1992\/2000 tasks \(99 %\)/

/** The part of the screen that moves, whole, below its headline, with nothing of another size left in it. */
const frame = (rows: number): RegExp =>
  new RegExp(
    `\\S Configure {2}\\d+ s *\\n(?=[^]*h0010[^]*h0020[^]*h0030[^]*h0040)(?: [^\\n]*\\n){6,${rows - 2}}\\s*$`,
  )

test('a screen of fixed height: counts, the failure, stragglers with their last line and its age', async () => {
  await terminal.shows(counts)
  const screen = await terminal.shows(/h0040 +Pull the image +\d+ s.*\| layer 7 of 9 \(\d+ s ago\)/)
  assert.match(screen, /\[h0003\] failed: Pull the image: .*\n +no space left on device\n/)
  assert.match(screen, frame(20))
  for (const [columns, rows] of [
    [60, 12],
    [120, 30],
    [44, 16],
  ] as const) {
    await terminal.resize(columns, rows)
    const resized = await terminal.shows(frame(rows))
    assert.match(resized, /1000 hosts, 1 failed, 4 running,/)
  }
  await kmesos.write('go', '')
  await terminal.shows(/ended with 1/)
  const all = await terminal.capture(true)
  assert.match(all, /✖ Configure {2}1000 hosts, 59 changed, 1 failed/)
  assert.match(all, /^h0003 +ok=1 +changed=0 +skipped=0 +failed=1 /m)
  assert.match(all, /^59 hosts: .* +ok=1 +changed=1 /m)
  assert.match(all, /^940 hosts: .* +ok=1 +changed=0 +skipped=1 /m)
  assert.match(all, /error: the playbook failed on 1 of 1000 hosts: h0003 \(failed\)/)
  assert.is(await terminal.cursor(), '1')
})

test('Ctrl-C in the middle ends with the recap, how to go on, and a visible cursor', async () => {
  await terminal.shows(counts)
  await terminal.press('C-c')
  await terminal.shows(/warning: stopping; what runs is finished first/)
  await kmesos.write('go', '')
  const end = await terminal.shows(/ended with 130/)
  assert.match(end, /^h0003 +ok=1 +changed=0 +skipped=0 +failed=1 /m)
  assert.match(end, /^59 hosts: h0001, h0002, h\[0004:0060\] +ok=1 +changed=1 /m)
  assert.match(end, /interrupted by SIGINT\nhint: run the same command again to go on\nlog: /)
  assert.not.match(end, /\^C|layer 7 of 9 \(/)
  assert.is(await terminal.cursor(), '1')
})

test.run()
