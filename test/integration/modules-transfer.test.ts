import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openRealHost, type RealCase, type RealHost } from '../support/real-modules.ts'

const test = suite('files taken from a real host, its known keys and its packet filter')
let host: RealHost

test.before(async () => {
  host = await openRealHost('modules-transfer', 115)
})
test.after(() => host.close())

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP3L93i3bBrtzyEEK4xX3Qv2VP5ZmPEvnNPVUG0wBrmU'
const file = '/root/.ssh/known_hosts'

const cases: readonly RealCase[] = [
  {
    title: 'known_hosts: a host with a port, as ssh-keygen finds it',
    tasks: `- known_hosts: { name: "[web1]:2222", key: "[web1]:2222 ${key}" }`,
    holds: `ssh-keygen -F '[web1]:2222' -f ${file} && ! ssh-keygen -F web1 -f ${file}`,
  },
  {
    title: 'known_hosts: hashed, as ssh-keygen finds it',
    tasks: `- known_hosts: { name: web2, key: "web2 ${key}", hash_host: true }`,
    holds: `ssh-keygen -F web2 -f ${file} && ! grep -q web2 ${file}`,
  },
  {
    title: 'known_hosts: what ssh-keygen has hashed is found',
    before: `echo 'web3 ${key}' >/tmp/k && ssh-keygen -q -H -f /tmp/k`,
    reads: true,
    tasks: `- known_hosts: { name: web3, key: "web3 ${key}", hash_host: true, path: /tmp/k }`,
  },
  {
    title: 'known_hosts: forgets as ssh-keygen -R does',
    before: `printf '%s\\n' 'web4 ${key}' 'web5 ${key}' >/tmp/k; cp /tmp/k /tmp/r; ssh-keygen -R web4 -f /tmp/r`,
    tasks: '- known_hosts: { name: web4, state: absent, path: /tmp/k }',
    holds: 'cmp /tmp/k /tmp/r',
  },
  {
    title: 'iptables: appends a rule',
    tasks:
      '- iptables: { chain: INPUT, protocol: tcp, destination_ports: [8080, "9000:9010"], ctstate: [NEW], jump: ACCEPT, comment: "web server" }',
    holds: `iptables -S INPUT | grep -q -- '--dports 8080,9000:9010 .*--comment "web server" -j ACCEPT'`,
  },
  {
    title: 'iptables: inserts before it, in a chain made for it',
    tasks:
      '- iptables: { chain: WEB, chain_management: true, source: "!10.0.0.0/8", jump: RETURN }\n- iptables: { chain: INPUT, action: insert, jump: WEB }',
    holds: `[ "$(iptables -S INPUT | sed -n 2p)" = '-A INPUT -j WEB' ] && iptables -S WEB | grep -q '! -s 10.0.0.0/8 -j RETURN'`,
  },
  {
    title: 'iptables: removes a rule',
    tasks: '- iptables: { chain: INPUT, jump: WEB, state: absent }',
    holds: '! iptables -S INPUT | grep -q WEB',
  },
  {
    title: 'iptables: flushes and removes a chain',
    tasks:
      '- iptables: { chain: WEB, flush: true }\n- iptables: { chain: WEB, state: absent, chain_management: true }',
    holds: '! iptables -S WEB',
  },
  {
    title: 'iptables: sets a policy',
    tasks: '- iptables: { chain: FORWARD, policy: DROP }',
    holds: `iptables -S FORWARD | grep -q 'P FORWARD DROP'`,
  },
  {
    title: 'iptables: says what it cannot read',
    tasks: '- iptables: { chain: INPUT, protocol: tcp, match: [nosuchmatch], jump: ACCEPT }',
    fails: /iptables cannot tell: .*nosuchmatch/,
  },
  {
    title: 'fetch: says what is missing, and takes nothing',
    tasks: '- fetch: { src: /etc/none, dest: out }',
    fails: /\/etc\/none does not exist on the host/,
  },
]

for (const given of cases) test(given.title, async () => void (await host.prove(given)))

test('fetch: a big binary file, byte for byte, seen by the next task', async () => {
  const bytes = 12 * 1024 * 1024 + 7
  await host.sh(`head -c ${bytes} /dev/urandom >/srv/big && chmod 600 /srv/big && ln -sf big /srv/link`)
  const tasks = `- fetch: { src: /srv/link, dest: out/ }
  register: taken
- copy: { src: out/h1/srv/link, dest: /srv/back }
- fetch: { src: /srv/big, dest: out/, flat: true }
- fetch: { src: /etc/none, dest: out, fail_on_missing: false }
- copy: { dest: /srv/told, content: "<%= taken.checksum %>" }`
  const statuses = async (): Promise<readonly string[]> =>
    (await host.play(tasks)).map(({ status }) => status)
  assert.equal(await statuses(), ['changed', 'changed', 'changed', 'ok', 'changed'])
  assert.equal(await statuses(), ['ok', 'ok', 'ok', 'ok', 'ok'])
  await host.sh('cmp /srv/big /srv/back')
  const folder = join(host.folder.path, 'out')
  const taken = readFileSync(join(folder, 'h1/srv/link'))
  assert.is(taken.length, bytes)
  assert.is(createHash('sha1').update(taken).digest('hex'), await host.sh('cat /srv/told'))
  assert.ok(readFileSync(join(folder, 'big')).equals(taken))
  assert.equal(readdirSync(folder).sort(), ['big', 'h1'], 'nothing unfinished lies beside it')
})

test('fetch: a check takes nothing, a file of the host that changed is taken anew', async () => {
  await host.sh('echo one >/srv/small')
  const task = '- fetch: { src: /srv/small, dest: fresh/, flat: true }'
  const taken = join(host.folder.path, 'fresh/small')
  await host.play(task, { check: true })
  assert.not(existsSync(taken))
  await host.play(task)
  await host.sh('echo two >/srv/small')
  const results = await host.play(task)
  assert.equal(
    results.map(({ status }) => status),
    ['changed'],
  )
  assert.is(readFileSync(taken, 'utf8'), 'two\n')
})

test('fetch: as another user, who alone may read it', async () => {
  await host.sh(
    'useradd -m bob 2>/dev/null; echo secret >/home/bob/mine && chown bob /home/bob/mine && chmod 600 /home/bob/mine; echo deep >/root/deep; chmod 600 /root/deep',
  )
  const own = '- fetch: { src: /home/bob/mine, dest: out/, flat: true }\n  become: true\n  become_user: bob'
  await host.prove({ title: '', tasks: own })
  assert.is(readFileSync(join(host.folder.path, 'out/mine'), 'utf8'), 'secret\n')
  const other = '- fetch: { src: /root/deep, dest: out/, flat: true }\n  become: true\n  become_user: bob'
  await host.prove({ title: '', tasks: other, fails: /Permission denied|cannot read/i })
  assert.not(existsSync(join(host.folder.path, 'out/deep')))
})

test.run()
