import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { assertFailure } from '../support/kmesos-program.ts'
import { assertCode, gatedCommand, gatedOutput, openPlayLab, type PlayLab } from '../support/unlucky-play.ts'

const test = suite('plays on hosts that get lost')
let rig: PlayLab
const [first, second, third] = [11, 12, 13]

test.before(async () => {
  rig = await openPlayLab('bad-plays', 92)
  const { lab } = rig
  const users = [{ name: 'works', sudo: 'nopasswd' as const }]
  for (const [name, octet] of Object.entries({ first, second, third }))
    await lab.up(name, octet, { init: 'plain', docker: 'absent', users })
  await Promise.all(['first', 'second', 'third'].map((name) => lab.waitReady(name)))
})
test.after(() => rig.close())

/** A long command on `unlucky`, a short one elsewhere; then a file with the command's output. */
function longPlay(name: string): string {
  return `
- hosts: all
  tasks:
    - name: long command
      shell: |
        ${gatedCommand(name)}
      when: inventory_hostname === 'unlucky'
      register: long
    - name: output
      copy: { dest: /root/${name}.out, content: "<%= vars.long.stdout ?? 'none' %>" }
`
}

async function assertRanOnce(host: string, name: string): Promise<void> {
  assert.is(await rig.on(host, `cat /root/${name}.effects`), 'begin\nend\n')
  assert.is(await rig.on(host, `cat /root/${name}.out`), gatedOutput)
}

test('the cable is cut in the middle of a command: it runs once, its output is whole, others do not wait', async () => {
  const words = await rig.words(longPlay('cut'), { unlucky: { octet: first }, other: { octet: second } })
  const run = rig.kmesos.start(words)
  await rig.until('first', '[ -e /root/cut.half ]')
  await rig.lab.cut('first')
  await run.says(/connection to unlucky lost/)
  await rig.until('second', '[ -e /root/cut.out ]')
  await rig.on('first', ': >/root/cut.go')
  await rig.until('first', 'grep -q end /root/cut.effects')
  await rig.lab.join('first')
  assertCode(await run.ended, 0)
  await assertRanOnce('first', 'cut')
})

test("sshd's session is killed in the middle of a command: it runs once, its output is whole", async () => {
  const words = await rig.words(longPlay('session'), { unlucky: { octet: first }, other: { octet: second } })
  const run = rig.kmesos.start(words)
  await rig.until('first', '[ -e /root/session.half ]')
  await rig.on('first', 'pkill -KILL -f "^sshd: root"')
  await run.says(/connection to unlucky lost/)
  await rig.on('first', ': >/root/session.go')
  assertCode(await run.ended, 0)
  await assertRanOnce('first', 'session')
})

test('the power fails in the middle of a command: its outcome is unknown, it is not run again', async () => {
  const words = await rig.words(longPlay('power'), { unlucky: { octet: first }, other: { octet: second } })
  const run = rig.kmesos.start(words)
  await rig.until('first', '[ -e /root/power.half ]')
  await rig.lab.kill('first')
  await rig.until('second', '[ -e /root/power.out ]')
  await rig.lab.up('first', first)
  const end = await run.ended
  assertFailure(end, { code: 1, says: ['failed on 1 of 2 hosts: unlucky (failed)'], hint: '--limit' })
  assert.match(end.stdout, /unknown: connection lost while running; not run again/)
  assert.is(await rig.on('first', 'cat /root/power.effects; ls /root/power.out'), 'begin\n')
  assert.is(await rig.on('second', 'cat /root/power.out'), 'none')
  await rig.on('first', ': >/root/power.go')
  assertCode(await rig.kmesos.run(words), 0)
  assert.is(await rig.on('first', 'cat /root/power.out'), gatedOutput)
})

test('the cable stays cut, an address nobody has, a frozen host: each is named in its limit, others finish', async () => {
  const soon = { ansible_timeout: '3', ansible_reconnect_timeout: '6' }
  await rig.lab.freeze('third')
  const words = await rig.words(longPlay('lost'), {
    unlucky: { octet: first, vars: soon },
    other: { octet: second },
    frozen: { octet: third, vars: soon },
    nobody: { octet: 99, vars: soon },
  })
  const run = rig.kmesos.start(words)
  await rig.until('first', '[ -e /root/lost.half ]')
  await rig.lab.cut('first')
  const end = await run.ended
  await rig.on('first', ': >/root/lost.go')
  await rig.lab.join('first')
  await rig.lab.thaw('third')
  assertFailure(end, { code: 4, says: ['failed on 3 of 4 hosts'], hint: '--limit' })
  for (const host of ['unlucky', 'frozen', 'nobody'])
    assert.match(end.stdout, new RegExp(`^${host}\\s.*unreachable`, 'm'))
  assert.match(end.stdout, /frozen.*the time limit for connecting \(3 s\) has passed/)
  assert.is(await rig.on('second', 'cat /root/lost.out'), 'none')
})

test('a host that freezes in the middle of a command is found by keepalive, and goes on when it thaws', async () => {
  const words = await rig.words(longPlay('frozen'), { unlucky: { octet: third }, other: { octet: second } })
  const run = rig.kmesos.start(words)
  await rig.until('third', '[ -e /root/frozen.half ]')
  await rig.lab.freeze('third')
  await run.says(/connection to unlucky lost/)
  await rig.until('second', '[ -e /root/frozen.out ]')
  await rig.lab.thaw('third')
  await rig.on('third', ': >/root/frozen.go')
  assertCode(await run.ended, 0)
  await assertRanOnce('third', 'frozen')
})

test('kmesos is killed in the middle of a step: the next run waits for what is still at work, then converges', async () => {
  const play = `
- hosts: all
  tasks:
    - name: once
      shell: |
        ${gatedCommand('killed')}
      args: { creates: /root/killed.effects }
    - { name: after, copy: { dest: /root/killed.done, content: done } }
`
  const words = await rig.words(play, { unlucky: { octet: third } })
  const killed = rig.kmesos.start(words)
  await rig.until('third', '[ -e /root/killed.half ]')
  killed.process.kill('SIGKILL')
  await killed.ended
  const next = rig.kmesos.start(words)
  await next.says(/still at work on task "once" of an earlier run \(pid [0-9]+\)/)
  await rig.on('third', ': >/root/killed.go')
  assertCode(await next.ended, 0)
  assert.is(await rig.on('third', 'cat /root/killed.effects /root/killed.done'), 'begin\nend\ndone')
  const again = await rig.kmesos.run(words)
  assertCode(again, 0)
  assert.match(again.stdout, /^unlucky\s+ok=2\s+changed=0/m)
})

test('Ctrl-C in the middle of a step: it is brought to its end, and the way on is told', async () => {
  const words = await rig.words(longPlay('stopped'), { unlucky: { octet: third } })
  const run = rig.kmesos.start(words)
  await rig.until('third', '[ -e /root/stopped.half ]')
  run.process.kill('SIGINT')
  await run.says(/stopping; what runs is finished first/)
  await rig.on('third', ': >/root/stopped.go')
  assertFailure(await run.ended, {
    code: 130,
    says: ['interrupted by SIGINT'],
    hint: 'run the same command again to go on',
  })
  assert.is(await rig.on('third', 'cat /root/stopped.effects; ls /root/stopped.out'), 'begin\nend\n')
})

test('a full disk: what is full is told, the old file is whole, others finish', async () => {
  await rig.on('third', 'mkdir -p /srv/full && mount -t tmpfs -o size=64k tmpfs /srv/full')
  await rig.on('third', 'echo old >/srv/full/file; cat /dev/zero >/srv/full/rest 2>/dev/null')
  await rig.on('second', 'mkdir -p /srv/full')
  const content = 'x'.repeat(60_000)
  const play = `- hosts: all\n  tasks: [{ name: fill, copy: { dest: /srv/full/file, content: ${content} } }]\n`
  const words = await rig.words(play, { unlucky: { octet: third }, other: { octet: second } })
  const end = await rig.kmesos.run(words)
  assertFailure(end, { code: 1, says: ['failed on 1 of 2 hosts: unlucky (failed)'], hint: '--limit' })
  assert.match(end.stdout, /No space left on device/)
  assert.is(await rig.on('third', 'cat /srv/full/file; ls /srv/full; umount /srv/full'), 'old\nfile\nrest\n')
  assert.is(await rig.on('second', 'wc -c </srv/full/file'), '60000\n')
})

test.run()
