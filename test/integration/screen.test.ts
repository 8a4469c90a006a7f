import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openKmesosProgram, type KmesosProgram } from '../support/kmesos-program.ts'
import { startSshd, type Sshd } from '../support/sshd.ts'
import { openTerminal, type Terminal } from '../support/terminal.ts'

const test = suite('the tree on a real terminal (tmux), on real sshd addresses')
const addresses = Array.from({ length: 40 }, (_, index) => `127.0.0.${index + 11}`)
let kmesos: KmesosProgram
let sshd: Sshd
let terminal: Terminal

test.before(async () => {
  kmesos = await openKmesosProgram('screen')
  sshd = await startSshd({ addresses })
  await kmesos.write('known_hosts', await sshd.knownHosts())
  await kmesos.write(
    'ssh_config',
    [
      'Host *',
      '  User root',
      `  Port ${sshd.port}`,
      `  IdentityFile ${sshd.keyFile}`,
      '  IdentitiesOnly yes',
    ].join('\n') + `\n  UserKnownHostsFile ${kmesos.folder}/known_hosts\n`,
  )
  await kmesos.write(
    'hosts',
    addresses.map((address, index) => `h${index + 1} ansible_host=${address}\n`).join(''),
  )
})
test.after(async () => {
  await sshd.stop()
  await kmesos.close()
})
test.before.each(async () => {
  terminal = await openTerminal({ columns: 90, rows: 24, cwd: kmesos.folder })
})
test.after.each(() => terminal.close())

/** `work`: what hosts do in the second task; it ends when the file `go` is there. */
async function play(work: string, options = ''): Promise<void> {
  const tasks = [
    '    - { name: Look, command: "true", changed_when: false }',
    '    - name: Pull the image',
    '      shell: |',
    ...work.split('\n').map((line) => `        ${line}`),
  ]
  await kmesos.write(
    'site.yml',
    `- name: Configure\n  hosts: all\n  gather_facts: false\n  tasks:\n${tasks.join('\n')}\n`,
  )
  await terminal.type(
    `HOME=${kmesos.folder} ${process.execPath} ${import.meta.dirname}/../../dist/kmesos.js play site.yml -i hosts --ssh-config ssh_config ${options}; echo "ended with $?"`,
  )
}

const untilGo = (folder: string): string => `until [ -e ${folder}/go ]; do sleep 0.1; done`

test('hosts wait for slots, run, fail and change before the eyes of the operator; equal results are told once', async () => {
  const go = untilGo(kmesos.folder)
  await play(
    [
      'case <%= inventory_hostname %> in',
      'h3) echo "no space left on device" >&2; exit 1;;',
      'h4|h5) exit 0;;',
      `*) printf 'layer 7 of 9 \\033[2J\\033[31mred\\n'; ${go};;`,
      'esac',
    ].join('\n'),
    '-f 12',
  )
  const busy = await terminal.shows(/layer 7 of 9 red \(\d+ s ago\)/)
  assert.match(busy, /40 hosts, 1 failed, 12 running, 25 waiting for a slot, 2 changed/)
  assert.match(busy, /\[h3\] failed: Pull the image.*\n +no space left on device/)
  assert.match(busy, /h1 +Pull the image +\d+ s \| layer 7/)
  assert.is(await terminal.cursor(), '0')
  await kmesos.write('go', '')
  const end = await terminal.shows(/ended with 1/)
  assert.match(end, /✖ Configure {2}40 hosts, 39 changed, 1 failed/)
  assert.match(end, /changed on 39 hosts: Pull the image\s+h1, h2, h\[4:40\]/)
  assert.match(end, /39 hosts: h1, h2, h\[4:40\] +ok=1 +changed=1/)
  assert.match(end, /error: the playbook failed on 1 of 40 hosts: h3 \(failed\)/)
  assert.is(await terminal.cursor(), '1')
  // No frame was left behind: each of these stands on the screen and in its history once.
  const all = await terminal.capture(true)
  for (const once of [/40 hosts, /g, /no space left/g]) assert.is(all.match(once)?.length, 1, all)
})

test('sizes change while it runs: every row keeps within the terminal and nothing is left behind', async () => {
  await play(
    `echo "a line of output that is longer than a narrow terminal is wide"\n${untilGo(`${kmesos.folder}/second`)}`,
  )
  await terminal.shows(/40 running/)
  for (const [columns, rows] of [
    [40, 24],
    [40, 10],
    [100, 30],
    [60, 12],
  ] as const) {
    await terminal.resize(columns, rows)
    const screen = await terminal.shows(/\S Configure[^\n]*\n +40 hosts, 40 running,[^]*and \d+ more\s*$/)
    const lines = screen.trimEnd().split('\n')
    assert.ok(lines.length <= rows, screen)
    const shown = lines.slice(lines.findLastIndex((line) => line.includes(' Configure')))
    assert.ok(shown.length <= rows - 1, screen)
  }
  await kmesos.write('second/go', '')
  const end = await terminal.shows(/ended with 0/)
  assert.match(end, /changed on 40 hosts: Pull the image/)
})

test('Ctrl-C says what it does, finishes what runs, leaves a clean line and the cursor', async () => {
  await play(`echo busy\n${untilGo(`${kmesos.folder}/third`)}`, '-f 2')
  await terminal.shows(/2 running, 38 waiting for a slot[^]*busy/)
  await terminal.press('C-c')
  await terminal.shows(/warning: stopping; what runs is finished first/)
  await kmesos.write('third/go', '')
  const end = await terminal.shows(/ended with 130/)
  assert.match(end, /interrupted by SIGINT\nhint: run the same command again/)
  assert.not.match(end, /\^C/)
  assert.is(await terminal.cursor(), '1')
})

test('a second Ctrl-C quits at once and leaves the cursor', async () => {
  await play('echo busy\nsleep 600')
  await terminal.shows(/40 running[^]*busy/)
  await terminal.press('C-c')
  await terminal.shows(/stopping/)
  await terminal.press('C-c')
  await terminal.shows(/ended with 130/)
  assert.is(await terminal.cursor(), '1')
})

test.run()
