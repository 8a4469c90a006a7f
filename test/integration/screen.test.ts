import { chmod } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openKmesosProgram, type KmesosProgram } from '../support/kmesos-program.ts'
import { makeUser } from '../support/linux-users.ts'
import { startSshd, type Sshd } from '../support/sshd.ts'
import { openTerminal, type Terminal } from '../support/terminal.ts'

const test = suite('the tree on a real terminal (tmux), on real sshd addresses')
const count = 20
const addresses = Array.from({ length: count }, (_, index) => `127.0.0.${index + 11}`)
let kmesos: KmesosProgram
let sshd: Sshd
let terminal: Terminal
/** With a plain shell: what the start-up files of this machine's root cost is not the subject. */
let user: Awaited<ReturnType<typeof makeUser>>

test.before(async () => {
  kmesos = await openKmesosProgram('screen')
  await chmod(kmesos.folder, 0o755)
  sshd = await startSshd({ addresses })
  user = await makeUser()
  await kmesos.write('known_hosts', await sshd.knownHosts())
  await kmesos.write(
    'ssh_config',
    [
      'Host *',
      `  User ${user.name}`,
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
  await user.remove()
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

/** Until the file is there; a test that failed takes the folder away. */
const untilGo = (folder: string): string =>
  `while [ ! -e ${folder}/go ] && [ -e ${kmesos.folder}/hosts ]; do sleep 1; done`

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
  const busy = await terminal.shows(
    /20 hosts, 1 failed, 12 running, 5 waiting for a slot, 2 changed[^]*layer 7 of 9 red \(\d+ s ago\)/,
  )
  assert.match(busy, /\[h3\] failed: Pull the image.*\n +no space left on device/)
  assert.match(busy, /h1 +Pull the image +\d+ s \| layer 7/)
  assert.is(await terminal.cursor(), '0')
  await kmesos.write('go', '')
  await terminal.shows(/ended with 1/)
  const all = await terminal.capture(true)
  assert.match(all, /✖ Configure {2}20 hosts, 19 changed, 1 failed/)
  assert.match(all, /changed on 19 hosts: Pull the image\s+h1, h2, h\[4:20\]/)
  assert.match(all, /h20 +ok=1 +changed=1/)
  assert.match(all, /error: the playbook failed on 1 of 20 hosts: h3 \(failed\)/)
  assert.is(await terminal.cursor(), '1')
  // No frame was left behind: each of these stands on the screen and in its history once.
  for (const once of [/20 hosts, /g, /^ +no space left/gm]) assert.is(all.match(once)?.length, 1, all)
})

test('sizes change while it runs: every row keeps within the terminal and nothing is left behind', async () => {
  await play(
    `echo "a line of output that is longer than a narrow terminal is wide"\n${untilGo(`${kmesos.folder}/second`)}`,
  )
  await terminal.shows(/20 running/)
  for (const [columns, rows] of [
    [40, 24],
    [40, 10],
    [100, 30],
    [60, 12],
  ] as const) {
    await terminal.resize(columns, rows)
    const screen = await terminal.shows(
      /\S Configure[^\n]*\n +20 hosts, 20 running,[^]*\n {2}(?:h|and)[^\n]*\s*$/,
    )
    const lines = screen.trimEnd().split('\n')
    assert.ok(lines.length <= rows, screen)
    const shown = lines.slice(lines.findLastIndex((line) => line.includes(' Configure')))
    assert.ok(shown.length <= rows - 1, screen)
  }
  await kmesos.write('second/go', '')
  await terminal.shows(/ended with 0/)
  assert.match(await terminal.capture(true), /changed on 20 hosts: Pull the image/)
})

test('Ctrl-C says what it does, finishes what runs, leaves a clean line and the cursor', async () => {
  await play(`echo busy\n${untilGo(`${kmesos.folder}/third`)}`, '-f 2')
  await terminal.shows(/2 running, 18 waiting for a slot[^]*busy/)
  await terminal.press('C-c')
  await terminal.shows(/warning: stopping; what runs is finished first/)
  await kmesos.write('third/go', '')
  const end = await terminal.shows(/ended with 130/)
  assert.match(end, /interrupted by SIGINT\nhint: run the same command again/)
  assert.not.match(end, /\^C/)
  assert.is(await terminal.cursor(), '1')
})

test('a second Ctrl-C quits at once and leaves the cursor', async () => {
  await play('echo busy\nsleep 60')
  await terminal.shows(/20 running[^]*busy/)
  await terminal.press('C-c')
  await terminal.shows(/stopping/)
  await terminal.press('C-c')
  await terminal.shows(/ended with 130/)
  assert.is(await terminal.cursor(), '1')
})

test.run()
