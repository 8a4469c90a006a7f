import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CommandError, ConfigError } from '../../src/kernel/errors.ts'
import { exitCodeOf, startChild } from '../../src/start/child.ts'
import { kollaConfig, kollaLauncher, plainLauncher } from '../../src/start/launch.ts'
import { findGroup, findUser, loadAccounts, parseAccounts } from '../../src/start/users.ts'
import { writeRendered } from '../../src/start/write-file.ts'
import { failsWith } from '../support/fails-with.ts'

const folder = mkdtempSync(join(tmpdir(), 'kmesos-launch-'))
test.after(() => rmSync(folder, { recursive: true }))
const at = (name: string): string => join(folder, name)
const redact = (text: string): string => text.replaceAll('hunter2', '***')
const root = process.geteuid?.() === 0
const passwd = 'root:x:0:0:root:/root:/bin/sh\nglance:x:42415:42415::/var/lib/glance:/bin/sh\n'
const group = 'root:x:0:\nglance:x:42415:\nkolla:x:42400:glance,nova\nceph:x:64045:glance\n'
const accounts = parseAccounts(passwd, group)
const file = { name: 'api.conf', dest: '/etc/glance/api.conf', owner: 'glance', mode: '0600', digest: '' }

test('finds users and groups of the image by name and number', () => {
  const glance = { name: 'glance', uid: 42415, gid: 42415, groups: [42400, 64045], home: '/var/lib/glance' }
  assert.equal(findUser(accounts, 'glance'), glance)
  assert.equal(findUser(accounts, '42415'), glance)
  assert.is(findUser(accounts, '77').uid, 77)
  assert.is(findGroup(accounts, 'kolla'), 42400)
  assert.throws(() => findUser(accounts, 'glanze'), 'unknown user "glanze"; did you mean "glance"?')
  assert.throws(() => findGroup(accounts, 'none'), 'no such group')
})

test('writes a file whole, with owner and mode, and only when it differs', async () => {
  const wanted = {
    dest: at('deep/er/file'),
    content: 'text',
    mode: 0o640,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
  }
  assert.is(await writeRendered(wanted), true)
  assert.is(statSync(wanted.dest).mode & 0o777, 0o640)
  assert.is(await writeRendered(wanted), false)
  chmodSync(wanted.dest, 0o644)
  assert.is(await writeRendered(wanted), true)
  assert.is(statSync(wanted.dest).mode & 0o777, 0o640)
})

test('drops to the user with its supplementary groups', async () => {
  if (!root) return
  const user = findUser(accounts, 'glance')
  const argv = ['sh', '-c', `echo "$(id -u) $(id -g) $(id -G) $HOME" > ${at('id')}`]
  writeFileSync(at('id'), '')
  chmodSync(at('id'), 0o666)
  chmodSync(folder, 0o755)
  const child = await startChild({ argv, environment: {}, user, redact, stdout: 'inherit' })
  assert.is(exitCodeOf(await child.exited), 0)
  assert.is(readFileSync(at('id'), 'utf8'), '42415 42415 42415 42400 64045 /var/lib/glance\n')
})

test('keeps the last forty lines of standard error, redacted', async () => {
  const argv = [
    'sh',
    '-c',
    'i=0; while [ $i -lt 60 ]; do echo "line $i hunter2" >&2; i=$((i+1)); done; exit 9',
  ]
  const child = await startChild({ argv, environment: {}, user: undefined, redact, stdout: 'ignore' })
  assert.is(exitCodeOf(await child.exited), 9)
  assert.is(child.errorLines().length, 40)
  assert.is(child.errorLines().at(-1), 'line 59 ***')
})

test('a program that is not there is an error that names it', async () => {
  const error = await failsWith(
    () => startChild({ argv: ['no-such'], environment: {}, user: undefined, redact, stdout: 'ignore' }),
    CommandError,
  )
  assert.is(error.message, 'cannot start no-such: not found in this image')
})

test('writes config.json in Kolla’s form and refuses words that kolla_start would split', () => {
  const text = kollaConfig(['glance-api', '--config-file', '/etc/glance/api.conf'], [file], '/kolla')
  assert.equal(JSON.parse(text), {
    command: 'glance-api --config-file /etc/glance/api.conf',
    config_files: [
      { source: '/kolla/api.conf', dest: '/etc/glance/api.conf', owner: 'glance', perm: '0600' },
    ],
  })
  assert.throws(
    () => kollaConfig(['sh', '-c', 'a b'], [], '/kolla'),
    'kolla_start cannot pass the word "a b" on',
  )
})

/** Does what Kolla's does: copies by config.json, keeps the first command under COPY_ONCE, runs it unquoted. */
const fakeKollaStart = `#!/bin/sh
set -e
if [ "$KOLLA_CONFIG_STRATEGY" != COPY_ONCE ] || [ ! -e ${folder}/configured ]; then
  cp ${folder}/kolla/api.conf ${folder}/copied.conf
  sed -n 's/.*"command": "\\(.*\\)",/\\1/p' ${folder}/kolla/config.json > ${folder}/run_command
  touch ${folder}/configured
fi
echo $KOLLA_CONFIG_STRATEGY >> ${folder}/strategies
exec $(cat ${folder}/run_command)
`

test('goes through kolla_start, which copies each time or once as the strategy says', async () => {
  writeFileSync(at('kolla_start'), fakeKollaStart)
  chmodSync(at('kolla_start'), 0o755)
  const path = process.env['PATH']
  process.env['PATH'] = `${folder}:${path}`
  try {
    let content = 'one'
    const setting = {
      accounts: await loadAccounts(),
      redact,
      folder: at('kolla'),
      configuredMark: at('configured'),
      files: () => [{ spec: file, content }],
    }
    const run = async (strategy: 'COPY_ONCE' | 'COPY_ALWAYS', argv: readonly string[]): Promise<number> => {
      const request = { argv, environment: {}, user: undefined, stdout: 'inherit' } as const
      return exitCodeOf(await (await kollaLauncher({ ...setting, strategy }).start(request)).exited)
    }
    assert.is(await run('COPY_ALWAYS', ['touch', at('first')]), 0)
    assert.is(readFileSync(at('copied.conf'), 'utf8'), 'one')
    content = 'two'
    assert.is(await run('COPY_ALWAYS', ['touch', at('second')]), 0)
    assert.is(readFileSync(at('copied.conf'), 'utf8'), 'two')
    content = 'three'
    // kolla_start would run the first command again; so the third one is started directly.
    assert.is(await run('COPY_ONCE', ['touch', at('third')]), 0)
    assert.is(readFileSync(at('copied.conf'), 'utf8'), 'two')
    assert.ok(['first', 'second', 'third'].every((name) => existsSync(at(name))))
    assert.is(readFileSync(at('strategies'), 'utf8'), 'COPY_ALWAYS\nCOPY_ALWAYS\n')
  } finally {
    process.env['PATH'] = path
  }
})

test('an unknown user is an error before anything is started', async () => {
  const launcher = plainLauncher({ accounts, redact })
  await failsWith(
    async () => launcher.start({ argv: ['true'], environment: {}, user: 'nobody-here', stdout: 'inherit' }),
    ConfigError,
  )
})

test.run()
