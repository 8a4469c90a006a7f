import { suite } from 'uvu'
import { openRealHost, type RealCase, type RealHost } from '../support/real-modules.ts'

const test = suite('files on a real host')
let host: RealHost

test.before(async () => {
  host = await openRealHost('modules-files', 71, { docker: 'absent' })
  await host.sh('mkdir -p /srv/f && useradd -M op')
})
test.after(() => host.close())

const paths: readonly RealCase[] = [
  {
    title: 'file: makes a directory and its parents with owner and mode',
    tasks: `- file: { path: "/srv/f/it's a/b", state: directory, owner: op, mode: "2750" }`,
    holds: `[ "$(stat -c '%a %U' "/srv/f/it's a" "/srv/f/it's a/b" | uniq)" = "2750 op" ]`,
  },
  {
    title: 'file: sets everything below, with a symbolic mode',
    before:
      'mkdir -p /srv/f/t/d && touch /srv/f/t/x /srv/f/t/d/y && chmod 600 /srv/f/t/x && ln -s /none /srv/f/t/l',
    tasks: '- file: { path: /srv/f/t, state: directory, recurse: true, group: op, mode: "u=rwX,g=rX,o=" }',
    holds: `[ "$(cd /srv/f/t; stat -c '%a %G' . x d d/y | tr '\\n' ,)" = '750 op,640 op,750 op,640 op,' ]`,
  },
  {
    title: 'file: sets everything below, with an octal mode',
    tasks: '- file: { path: /srv/f/t, state: directory, recurse: true, mode: "0711" }',
    holds: `[ -z "$(find /srv/f/t ! -type l ! -perm 0711)" ]`,
  },
  {
    title: 'file: links, and follows the link for the mode',
    before: 'touch /srv/f/real; chmod 644 /srv/f/real',
    tasks: '- file: { path: /srv/f/-l, src: real, state: link, mode: "0600" }',
    holds: '[ "$(readlink /srv/f/-l)" = real ] && [ "$(stat -c %a /srv/f/real)" = 600 ]',
  },
  {
    title: 'file: replaces a file by a link, with force',
    before: 'echo x >/srv/f/old',
    tasks: '- file: { dest: /srv/f/old, src: /none, state: link, force: true }',
    holds: '[ "$(readlink /srv/f/old)" = /none ]',
  },
  {
    title: 'file: makes a hard link',
    tasks: '- file: { path: /srv/f/hard, src: /srv/f/real, state: hard }',
    holds: '[ /srv/f/hard -ef /srv/f/real ]',
  },
  {
    title: 'file: touches each time',
    tasks: '- file: { path: "/srv/f/ünïcødé\\n*", state: touch, mode: "0640" }',
    holds: `[ "$(find /srv/f -name '*n*c*d*' -perm 0640 | wc -l)" = 2 ]`,
    always: true,
  },
  {
    title: 'file: touches once, where times are kept',
    tasks:
      '- file: { path: /srv/f/once, state: touch, access_time: preserve, modification_time: "202001020304.05" }',
    holds: '[ "$(date -r /srv/f/once +%Y%m%d%H%M.%S)" = 202001020304.05 ]',
  },
  {
    title: 'file: sets a mode symbolically',
    tasks: '- file: { path: /srv/f/once, mode: "a-r,u+rw,g+u" }',
    holds: '[ "$(stat -c %a /srv/f/once)" = 660 ]',
  },
  {
    title: 'file: takes a mode that YAML read as a number',
    tasks: '- file: { path: /srv/f/once, mode: 0604 }',
    holds: '[ "$(stat -c %a /srv/f/once)" = 604 ]',
  },
  {
    title: 'file: removes a tree, and a link to a folder alone',
    before: 'mkdir -p /srv/f/kept && touch /srv/f/kept/x && ln -s kept /srv/f/link',
    tasks:
      '- file: { path: "/srv/f/{{item}}", state: absent }'.replace('{{item}}', '<%= item %>') +
      '\n  loop: [t, link/]',
    holds: '[ ! -e /srv/f/t ] && [ ! -L /srv/f/link ] && [ -e /srv/f/kept/x ]',
  },
  {
    title: 'file: tells of a user that does not exist',
    tasks: '- file: { path: /srv/f/kept, state: directory, recurse: true, owner: nobody-here }',
    fails: /invalid user/,
  },
  {
    title: 'file: refuses a directory in the place of a file',
    tasks: '- file: { path: /srv/f/once, state: directory }',
    fails: /is a file, not a directory/,
    holds: '[ -f /srv/f/once ]',
  },
]

for (const given of paths) test(given.title, async () => void (await host.prove(given)))

test.run()
