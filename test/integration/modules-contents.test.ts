import { closeSync, ftruncateSync, mkdirSync, openSync, symlinkSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import { openRealHost, type RealCase, type RealHost } from '../support/real-modules.ts'

const test = suite('contents of files on a real host')
let host: RealHost

test.before(async () => {
  host = await openRealHost('modules-contents', 72, { docker: 'absent' })
  await host.sh('mkdir -p /srv/c && useradd -M op')
  const { path, write } = host.folder
  write('files/plain', 'plain\n')
  write("files/tree/it's/deep", 'deep\n')
  write('files/tree/top', 'top\n')
  mkdirSync(join(path, 'files/tree/empty'))
  symlinkSync('top', join(path, 'files/tree/link'))
  writeFileSync(join(path, 'files/megabyte'), Buffer.alloc(1 << 20, 'mega\n'))
  sparse(join(path, 'files/huge'), 300 << 20)
  write('templates/t.ejs', 'host <%= inventory_hostname %>\nlast line without end')
})
test.after(() => host.close())

/** Mostly zeros, so that the test costs no disk here. */
function sparse(file: string, bytes: number): void {
  const handle = openSync(file, 'w')
  ftruncateSync(handle, bytes)
  writeSync(handle, 'the end', bytes - 7)
  closeSync(handle)
}

const copies: readonly RealCase[] = [
  {
    title: 'copy: writes any bytes, with owner and mode',
    tasks: `- copy: { content: "one\\r\\n\\0two 'three' \\\\ $four ✓ no end", dest: "/srv/c/a 'b' \\"c\\" *", owner: op, mode: "0600" }`,
    holds: `[ "$(stat -c '%a %U %s' /srv/c/a*)" = '600 op 36' ] && [ "$(head -c 6 /srv/c/a* | od -An -c | tr -d ' ')" = 'one\\r\\n\\0' ]`,
  },
  {
    title: 'copy: takes over a file, keeps the mode of the old one and the old one itself',
    before: 'printf old >/srv/c/p; chmod 640 /srv/c/p; chown op /srv/c/p',
    tasks: '- copy: { src: plain, dest: /srv/c/p, backup: true, validate: "grep -q plain %s" }',
    holds: `[ "$(stat -c '%a %U' /srv/c/p)" = '640 op' ] && [ "$(cat /srv/c/p.*~)" = old ]`,
  },
  {
    title: 'copy: leaves the old file when the check fails',
    tasks: '- copy: { content: new, dest: /srv/c/p, validate: "grep -q plain %s" }',
    fails: /the check of the file failed, \/srv\/c\/p is as it was/,
    holds: '[ "$(cat /srv/c/p)" = plain ] && [ -z "$(ls -A /srv/c | grep kmesos)" ]',
  },
  {
    title: 'copy: a folder, with what links lead to',
    tasks: '- copy: { src: tree, dest: /srv/c, directory_mode: "0750", mode: "0640", group: op }',
    holds: `cd /srv/c/tree && [ -d empty ] && [ -f link ] && [ "$(stat -c '%a %G' "it's" "it's/deep" | tr '\\n' ,)" = '750 op,640 op,' ]`,
  },
  {
    title: 'copy: the contents of a folder, into one that is missing',
    tasks: '- copy: { src: tree/, dest: /srv/c/new/place, local_follow: false }',
    holds: `[ "$(readlink /srv/c/new/place/link)" = top ] && [ -f "/srv/c/new/place/it's/deep" ]`,
  },
  {
    title: 'copy: a file into a folder that is named with a slash',
    tasks: '- copy: { src: plain, dest: /srv/c/made/, mode: preserve }',
    holds: '[ -f /srv/c/made/plain ]',
  },
  {
    title: 'copy: a file of the host',
    tasks: '- copy: { src: /etc/hostname, dest: /srv/c/hostname, remote_src: true, mode: "0400" }',
    holds: 'cmp /etc/hostname /srv/c/hostname && [ "$(stat -c %a /srv/c/hostname)" = 400 ]',
  },
  {
    title: 'copy: replaces a link, or follows it',
    before: 'echo t >/srv/c/target; ln -s target /srv/c/l1; ln -s target /srv/c/l2',
    tasks: `- copy: { content: "x", dest: /srv/c/l1 }\n- copy: { content: "y", dest: /srv/c/l2, follow: true }`,
    holds: '[ ! -L /srv/c/l1 ] && [ -L /srv/c/l2 ] && [ "$(cat /srv/c/target)" = y ]',
  },
  {
    title: 'copy: 1 MB and 300 MB',
    tasks: '- copy: { src: "<%= item %>", dest: /srv/c/, owner: op, mode: "0600" }\n  loop: [megabyte, huge]',
    holds: `[ "$(stat -c '%s %a %U' /srv/c/megabyte /srv/c/huge | tr '\\n' ,)" = '1048576 600 op,314572800 600 op,' ] && [ "$(tail -c 7 /srv/c/huge)" = 'the end' ]; rm /srv/c/huge.* 2>/dev/null; :`,
  },
  {
    title: 'template: renders into a folder',
    tasks: '- template: { src: t.ejs, dest: /srv/c/, mode: "u=rw,g=r,o=" }',
    holds: `[ "$(cat /srv/c/t.ejs)" = "$(printf 'host h1\\nlast line without end')" ] && [ "$(stat -c %a /srv/c/t.ejs)" = 640 ]`,
  },
]

const edits: readonly RealCase[] = [
  {
    title: 'lineinfile: replaces by groups, through a link, and keeps the rest byte for byte',
    before: `printf 'a=1\\r\\nb=\\377\\nc' >/srv/c/conf; ln -s conf /srv/c/conf-link; chmod 640 /srv/c/conf`,
    tasks: `- lineinfile: { path: /srv/c/conf-link, regexp: "^(?P<key>c)$", line: '\\g<key>=ü', backrefs: true, backup: true }`,
    holds: `[ -L /srv/c/conf-link ] && [ "$(stat -c %a /srv/c/conf)" = 640 ] && printf 'a=1\\r\\nb=\\377\\nc=ü\\n' | cmp - /srv/c/conf`,
  },
  {
    title: 'lineinfile: makes the file and its folder',
    tasks: '- lineinfile: { path: /srv/c/e/f, line: first, create: true, mode: "0600" }',
    holds: '[ "$(cat /srv/c/e/f)" = first ] && [ "$(stat -c %a /srv/c/e/f)" = 600 ]',
  },
  {
    title: 'lineinfile: takes lines out by a text',
    before: `printf 'x [1]\\ny\\nx [1] z\\n' >/srv/c/g`,
    tasks: '- lineinfile: { path: /srv/c/g, search_string: "[1]", state: absent }',
    holds: '[ "$(cat /srv/c/g)" = y ]',
  },
  {
    title: 'lineinfile: a program must accept the file',
    before: 'cp /srv/c/g /srv/c/g.kept',
    tasks: '- lineinfile: { path: /srv/c/g, line: wrong, validate: "grep -qv wrong %s -c --max-count=0" }',
    fails: /the check of the file failed/,
    holds: 'cmp /srv/c/g /srv/c/g.kept',
  },
  {
    title: 'blockinfile: puts a block before a line',
    before: `printf 'one\\ntwo\\n' >/srv/c/block`,
    tasks: '- blockinfile: { path: /srv/c/block, block: "a\\nb", insertbefore: "^two" }',
    holds: `printf 'one\\n# BEGIN ANSIBLE MANAGED BLOCK\\na\\nb\\n# END ANSIBLE MANAGED BLOCK\\ntwo\\n' | cmp - /srv/c/block`,
  },
  {
    title: 'blockinfile: takes it out',
    tasks: '- blockinfile: { path: /srv/c/block, state: absent }',
    holds: `printf 'one\\ntwo\\n' | cmp - /srv/c/block`,
  },
  {
    title: 'replace: every match, with groups',
    before: `printf 'port 80\\n# port 80\\nport 81\\n' >/srv/c/r`,
    tasks: `- replace: { path: /srv/c/r, regexp: '^port (\\d)\\d$', replace: 'port \\g<1>9', mode: "0600" }`,
    holds: `printf 'port 89\\n# port 80\\nport 89\\n' | cmp - /srv/c/r && [ "$(stat -c %a /srv/c/r)" = 600 ]`,
  },
]

const badLuck: readonly RealCase[] = [
  {
    title: 'a full disk leaves the old file, and says so',
    before:
      'mkdir -p /mnt/small && mount -t tmpfs -o size=64k tmpfs /mnt/small && echo old >/mnt/small/f && head -c 40000 /dev/urandom >/mnt/small/fill',
    tasks: `- copy: { content: "<%= 'x'.repeat(100000) %>", dest: /mnt/small/f }`,
    fails: /No space left on device/,
    holds: '[ "$(cat /mnt/small/f)" = old ] && [ "$(ls -A /mnt/small | wc -l)" = 2 ]',
  },
  {
    title: 'a full disk, of an upload',
    tasks: '- copy: { src: megabyte, dest: /mnt/small/f }',
    fails: /cannot send .*[Nn]o space left/,
    holds: '[ "$(cat /mnt/small/f)" = old ] && [ "$(ls -A /mnt/small | wc -l)" = 2 ]',
  },
  {
    title: 'a file system that is read-only',
    before: 'mount -o remount,ro /mnt/small',
    tasks: '- copy: { content: new, dest: /mnt/small/f }',
    fails: /Read-only file system/,
  },
  {
    title: 'a folder that is missing',
    tasks: '- copy: { content: x, dest: /srv/none/f }',
    fails: /the folder \/srv\/none\/ does not exist/,
    holds: '[ ! -e /srv/none ]',
  },
  {
    title: 'a folder where a file is wanted',
    tasks: '- template: { src: t.ejs, dest: /srv/c/tree/empty/t.ejs/.. }',
    fails: /is a directory|does not exist/,
  },
  {
    title: 'a file that must not be changed',
    before: 'echo old >/srv/c/immutable; mount --bind /srv/c/immutable /srv/c/immutable',
    tasks: '- copy: { content: new, dest: /srv/c/immutable }',
    fails: /Device or resource busy|Operation not permitted/,
    holds: '[ "$(cat /srv/c/immutable)" = old ] && [ -z "$(ls -A /srv/c | grep kmesos)" ]',
  },
]

for (const given of [...copies, ...edits, ...badLuck]) {
  test(given.title, async () => void (await host.prove(given)))
}

test.run()
