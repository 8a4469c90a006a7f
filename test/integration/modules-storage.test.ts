import { suite } from 'uvu'
import { openRealHost, type RealCase, type RealHost } from '../support/real-modules.ts'

const test = suite('mounts and downloads on a real host')
let host: RealHost

test.before(async () => {
  host = await openRealHost('modules-storage', 70)
  await host.sh(
    'mkdir -p /srv/www/down /opt/got && printf hello >/srv/www/a.txt && printf world >/srv/www/b.txt',
  )
  await host.sh('cd /srv/www && sha256sum a.txt b.txt >SUMS && md5sum a.txt >/tmp/a.md5')
})
test.after(() => host.close())

const cases: readonly RealCase[] = [
  {
    title: 'mount: mounts and enters',
    tasks: '- mount: { path: "/mnt/my data", src: tmpfs, fstype: tmpfs, opts: "size=1m", state: mounted }',
    holds: 'mountpoint -q "/mnt/my data" && grep -q "^tmpfs /mnt/my.040data tmpfs size=1m 0 0$" /etc/fstab',
  },
  {
    title: 'mount: remounts for other options, and keeps the old fstab',
    tasks:
      '- mount: { path: "/mnt/my data", src: tmpfs, fstype: tmpfs, opts: "size=2m,ro", state: mounted, backup: true }',
    holds: 'grep "/mnt/my.040data" /proc/mounts | grep -q "ro,.*size=2048k" && ls /etc/fstab.*~',
  },
  {
    title: 'mount: takes it off, and leaves the entry',
    tasks: '- mount: { path: "/mnt/my data", state: unmounted }',
    holds: '! mountpoint -q "/mnt/my data" && grep -q my.040data /etc/fstab',
  },
  {
    title: 'mount: removes entry, mount and folder',
    before: 'mount "/mnt/my data"',
    tasks: '- mount: { path: "/mnt/my data", state: absent }',
    holds: '! grep -q my.040data /etc/fstab /proc/mounts && [ ! -e "/mnt/my data" ]',
  },
  {
    title: 'mount: binds a folder until the next boot',
    before: 'mkdir -p /srv/from',
    tasks: '- mount: { path: /srv/to, src: /srv/from, fstype: none, opts: bind, state: ephemeral }',
    holds: 'mountpoint -q /srv/to && ! grep -q /srv/to /etc/fstab',
  },
  { title: 'mount: remounts', tasks: '- mount: { path: /srv/to, state: remounted }', always: true },
  {
    title: 'get_url: downloads, with mode and owner',
    tasks:
      '- get_url: { url: "file:///srv/www/a.txt", dest: "/opt/got/it is.txt", mode: "0600", owner: nobody }',
    holds:
      '[ "$(stat -c "%a %U" "/opt/got/it is.txt")" = "600 nobody" ] && cmp /srv/www/a.txt "/opt/got/it is.txt"',
  },
  {
    title: 'get_url: into a folder, checked by a list of checksums',
    tasks:
      '- get_url: { url: "file:///srv/www/b.txt", dest: /opt/got, checksum: "sha256:file:///srv/www/SUMS" }',
    holds: 'cmp /srv/www/b.txt /opt/got/b.txt',
  },
  {
    title: 'get_url: replaces what differs with force, keeps the old one',
    before: 'printf old >/opt/got/c.txt; chmod 0640 /opt/got/c.txt',
    tasks: '- get_url: { url: "file:///srv/www/a.txt", dest: /opt/got/c.txt, force: true, backup: true }',
    holds:
      'cmp /srv/www/a.txt /opt/got/c.txt && grep -q old /opt/got/c.txt.*~ && [ "$(stat -c %a /opt/got/c.txt)" = 640 ]',
  },
  {
    title: 'get_url: keeps the old file when the checksum is another',
    before: 'printf old >/opt/got/d.txt',
    tasks:
      '- get_url: { url: "file:///srv/www/a.txt", dest: /opt/got/d.txt, checksum: "md5:00000000000000000000000000000000" }',
    fails: /has another md5 than the wanted/,
    holds: '[ "$(cat /opt/got/d.txt)" = old ] && [ "$(ls -A /opt/got | grep -c kmesos)" = 0 ]',
  },
  {
    title: 'get_url: tells what the server said',
    tasks: '- get_url: { url: "file:///srv/www/none", dest: /opt/got/none }',
    fails: /cannot download file:\/\/\/srv\/www\/none/,
    holds: '[ ! -e /opt/got/none ]',
  },
]

for (const given of cases) test(given.title, async () => void (await host.prove(given)))

test.run()
