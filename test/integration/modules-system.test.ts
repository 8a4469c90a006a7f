import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openRealHost, type RealCase, type RealHost } from '../support/real-modules.ts'

const test = suite('users, services and the system on a real host')
let host: RealHost

test.before(async () => {
  host = await openRealHost('modules-system', 73, { docker: 'absent' })
})
test.after(() => host.close())

const hash =
  '$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/'
const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ7h5XoZ0n2D7S4C2xkQ0hY3oL1v2m8b0d4f6h8j0l2n me@here'

const users: readonly RealCase[] = [
  {
    title: 'group: makes',
    tasks: '- group: { name: ops, gid: 2345 }',
    holds: 'getent group ops | grep -q :2345:',
  },
  { title: 'group: changes the gid', tasks: '- group: { name: ops, gid: 2346 }', holds: 'getent group 2346' },
  {
    title: 'user: makes with all that a user has',
    tasks: `- user: { name: op, uid: 2001, group: ops, groups: [sudo, adm], home: /srv/homes/op, shell: /bin/bash, comment: "The Operator", password: '${hash}', expires: 4102444800, password_expire_max: 90 }`,
    holds: `getent passwd op | grep -q '^op:x:2001:2346:The Operator:/srv/homes/op:/bin/bash$' && [ "$(id -Gn op)" = 'ops adm sudo' ] && getent shadow op | grep -qF 'op:${hash}:' && getent shadow op | cut -d: -f5,8 | grep -q '^90:47482$' && [ -d /srv/homes/op ]`,
  },
  {
    title: 'user: changes groups, shell, home with what is in it; locks',
    before: 'touch /srv/homes/op/kept',
    tasks:
      '- user: { name: op, groups: [adm], shell: /bin/sh, home: /srv/homes/op2, move_home: true, password_lock: true, expires: -1 }',
    holds: `[ -f /srv/homes/op2/kept ] && [ "$(id -Gn op)" = 'ops adm' ] && getent shadow op | grep -q '^op:!\\$6' && [ -z "$(getent shadow op | cut -d: -f8)" ]`,
  },
  {
    title: 'user: adds to groups, makes a key',
    tasks:
      '- user: { name: op, groups: [audio], append: true, generate_ssh_key: true, ssh_key_type: ed25519, ssh_key_comment: it is me }',
    holds: `id -Gn op | grep -q 'adm audio' && grep -q 'it is me' /srv/homes/op2/.ssh/id_ed25519.pub && [ "$(stat -c '%U %a' /srv/homes/op2/.ssh)" = 'op 700' ]`,
  },
  {
    title: 'user: makes a home folder that is missing',
    before: 'rm -rf /srv/homes/op2',
    tasks: '- user: { name: op }',
    holds: `[ "$(stat -c %U /srv/homes/op2/.profile)" = op ]`,
  },
  {
    title: 'authorized_key: adds, in a folder of its own',
    tasks: `- authorized_key: { user: op, key: "${key}", key_options: "no-pty" }`,
    holds: `grep -q '^no-pty ${key}$' /srv/homes/op2/.ssh/authorized_keys && [ "$(stat -c '%U %a' /srv/homes/op2/.ssh /srv/homes/op2/.ssh/authorized_keys | tr '\\n' ,)" = 'op 700,op 600,' ]`,
  },
  {
    title: 'authorized_key: removes',
    tasks: `- authorized_key: { user: op, key: "${key}", state: absent }`,
    holds: '! grep -q ssh-ed25519 /srv/homes/op2/.ssh/authorized_keys',
  },
  {
    title: 'user: removes, with the home folder',
    tasks: '- user: { name: op, state: absent, remove: true }',
    holds: '! getent passwd op && [ ! -e /srv/homes/op2 ]',
  },
  { title: 'group: removes', tasks: '- group: { name: ops, state: absent }', holds: '! getent group ops' },
]

const unit =
  '[Service]\\nExecStart=/bin/sleep 1000\\nExecReload=/bin/true\\n[Install]\\nWantedBy=multi-user.target\\n'
const services: readonly RealCase[] = [
  {
    title: 'service: a unit that the play itself brings is enabled and started',
    tasks: `- copy: { dest: /etc/systemd/system/nap.service, content: "${unit}" }\n- systemd: { name: nap, state: started, enabled: true, daemon_reload: true }`,
    holds: 'systemctl is-active nap && systemctl is-enabled nap',
  },
  {
    title: 'systemd: a changed unit file is read again, and the unit restarted by a handler',
    tasks: `- copy: { dest: /etc/systemd/system/nap.service, content: "${unit.replace('1000', '2000')}" }\n  register: file\n- systemd: { name: nap, state: restarted, daemon_reload: true }\n  when: file.changed`,
    holds: 'systemctl show -p ExecStart nap | grep -q 2000',
  },
  { title: 'service: reloads', tasks: '- service: { name: nap, state: reloaded }', always: true },
  { title: 'service: restarts', tasks: '- service: { name: nap, state: restarted, sleep: 1 }', always: true },
  {
    title: 'service: stops and disables',
    tasks: '- service: { name: nap.service, state: stopped, enabled: false }',
    holds: '! systemctl is-active nap && ! systemctl is-enabled nap',
  },
  {
    title: 'systemd: masks',
    before: 'rm /etc/systemd/system/nap.service; systemctl daemon-reload',
    tasks: '- systemd: { name: nap, masked: true }',
    holds: '[ "$(systemctl is-enabled nap)" = masked ]',
  },
  {
    title: 'systemd: refuses to start what is masked',
    tasks: '- systemd: { name: nap, state: started }',
    fails: /is masked/,
  },
  {
    title: 'systemd: unmasks',
    tasks: '- systemd: { name: nap, masked: false }',
    holds: '[ ! -e /etc/systemd/system/nap.service ]',
  },
  {
    title: 'service: tells of one that does not exist',
    tasks: '- service: { name: none-such, state: started }',
    fails: /does not exist/,
  },
]

const system: readonly RealCase[] = [
  {
    title: 'hostname: sets',
    tasks: '- hostname: { name: renamed.example }',
    holds: '[ "$(hostname)" = renamed.example ] && grep -q ^renamed.example /etc/hostname',
  },
  {
    title: 'timezone: sets',
    tasks: '- timezone: { name: Europe/Berlin }',
    holds: '[ "$(date -d 2024-07-01T12:00Z +%H)" = 14 ]',
  },
  {
    title: 'sysctl: sets now and at boot',
    tasks: '- sysctl: { name: net.ipv4.ip_default_ttl, value: 63 }',
    holds:
      '[ "$(cat /proc/sys/net/ipv4/ip_default_ttl)" = 63 ] && grep -rq "net.ipv4.ip_default_ttl *= *63" /etc/sysctl.conf /etc/sysctl.d',
  },
  {
    title: 'cron: keeps a job in a file',
    before: 'mkdir -p /etc/cron.d',
    tasks:
      '- cron: { name: nightly, minute: "5", hour: "2", job: "/bin/true", user: root, cron_file: nightly }',
    holds: 'grep -q "^5 2 . . . root /bin/true$" /etc/cron.d/nightly',
  },
  {
    title: 'cron: removes it',
    tasks: '- cron: { name: nightly, cron_file: nightly, state: absent }',
    holds: '[ ! -e /etc/cron.d/nightly ]',
  },
  {
    title: 'tempfile: makes one each time',
    tasks: '- tempfile: { state: directory, path: /srv, prefix: "a b.", suffix: .d }',
    holds: '[ -d "$(ls -d /srv/a\\ b.????????.d)" ]',
    always: true,
  },
  {
    title: 'apt: takes what is there',
    tasks: '- apt: { name: [coreutils, "bash=5.*"], update_cache: true }',
    reads: true,
  },
  {
    title: 'apt: removes',
    tasks: '- apt: { name: less, state: absent, purge: true }',
    holds: '! dpkg -s less 2>/dev/null',
  },
  { title: 'package: takes what is there', tasks: '- package: { name: coreutils }', reads: true },
]

for (const given of [...users, ...services, ...system]) {
  test(given.title, async () => void (await host.prove(given)))
}

test('stat, slurp, find, getent, ping and setup tell, and change nothing', async () => {
  await host.sh(
    'mkdir -p /srv/look && printf abc >"/srv/look/a b" && ln -s "a b" /srv/look/l && touch -d 2020-01-01 /srv/look/old.log',
  )
  const tasks = [
    '- ping:',
    '- setup:',
    '- stat: { path: "/srv/look/a b" }\n  register: file',
    '- stat: { path: /srv/look/l }\n  register: link',
    '- stat: { path: /srv/none }\n  register: none',
    '- slurp: { src: "/srv/look/a b" }\n  register: read',
    '- find: { paths: /srv/look, patterns: "*.log", age: 1w }\n  register: found',
    '- getent: { database: passwd, key: root }\n  register: entry',
    `- assert:\n    that:\n${[
      'file.stat.exists && file.stat.isreg && file.stat.size === 3 && file.stat.mode === "0644" && file.stat.pw_name === "root"',
      'file.stat.checksum === "a9993e364706816aba3e25717850c26c9cd0d89d" && file.stat.readable && !file.stat.executable',
      'link.stat.islnk && link.stat.lnk_target === "a b" && link.stat.lnk_source === "/srv/look/a b"',
      '!none.stat.exists',
      'read.content === "YWJj" && read.encoding === "base64"',
      'found.matched === 1 && found.files[0].path === "/srv/look/old.log"',
      'entry.ansible_facts.getent_passwd.root[4] === "/root"',
    ]
      .map((line) => `      - '${line}'`)
      .join('\n')}`,
  ]
  const results = await host.prove({ title: '', tasks: tasks.join('\n'), reads: true })
  assert.is(results.at(-1)?.status, 'ok', JSON.stringify(results.at(-1)))
})

test.run()
