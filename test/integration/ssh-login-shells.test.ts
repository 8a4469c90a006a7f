import { execFile } from 'node:child_process'
import { appendFile, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DetachedRun } from '../../src/connection/detached-run.ts'
import type { Connection, Transport } from '../../src/connection/types.ts'
import { secret } from '../../src/kernel/secret.ts'
import { ensurePackages } from '../setup/packages.ts'
import { makeUser, type LinuxUser } from '../support/linux-users.ts'
import { rejects } from '../support/rejects.ts'
import { inventoryOf, makeFolder, outcomes, runPlaybook, type PlaybookRun } from '../support/run-playbook.ts'
import { hostOf, transportFor } from '../support/ssh-transport.ts'
import { startSshd, type Sshd } from '../support/sshd.ts'

const run = promisify(execFile)
const test = suite('login shells')
const odd = 'a\'b!c\\d\n"e" $x `y` *~{1,2} ümläut\t!! %s \\n \\\\ ^z\\'
let sshd: Sshd
let user: LinuxUser
let transport: Transport

test.before(async () => {
  await ensurePackages(['tcsh', 'fish', 'zsh', 'bash', 'busybox-static', 'sudo'])
  sshd = await startSshd()
  user = await makeUser('ALL=(ALL:ALL) ALL')
  await symlink((await run('which', ['busybox'])).stdout.trim(), join(sshd.folder, 'ash'))
})
test.after(async () => {
  await sshd.stop()
  await user.remove()
})
test.before.each(() => {
  transport = transportFor(sshd)
})
test.after.each(() => transport.close())

async function withShell(shell: string): Promise<Connection> {
  await run('usermod', ['--shell', shell === 'ash' ? join(sshd.folder, 'ash') : shell, user.name])
  return transport.connect(hostOf(sshd, { ansible_user: user.name }))
}

for (const shell of ['/bin/sh', '/bin/bash', '/usr/bin/zsh', '/usr/bin/fish', '/usr/bin/tcsh', 'ash']) {
  test(`${shell} hands on every word, input, output and exit code`, async () => {
    const connection = await withShell(shell)
    const argv = ['sh', '-c', 'printf "<%s>" "$@"; cat; echo err >&2; exit 4', 'sh', odd, '', '=ls', '~']
    const expected = { exitCode: 4, stdout: `<${odd}><><=ls><~>fed`, stderr: 'err\n' }
    assert.equal(await connection.exec(argv, { stdin: 'fed' }), expected)
    const environment = { ODD: odd }
    const shown = await connection.exec(['sh', '-c', 'printf %s "$ODD"'], { environment })
    assert.is(shown.stdout, odd)
    const detached = await connection.exec(argv, { stdin: 'fed', detached: new DetachedRun() })
    assert.equal(detached, expected)
    assert.is((await connection.exec(['printf', '%s', odd])).stdout, odd)
  })

  test(`${shell} lets sudo and su become another user, and files come and go`, async () => {
    const connection = await withShell(shell)
    const password = secret(user.password)
    const argv = ['sh', '-c', 'printf "%s %s" "$(id -un)" "$1"; cat', 'sh', odd]
    const root = await connection.exec(argv, {
      become: { user: 'root', method: 'sudo', password },
      stdin: 'fed',
    })
    assert.equal([root.exitCode, root.stdout], [0, `root ${odd}fed`])
    const again = await (
      await transport.connect(hostOf(sshd))
    ).exec(argv, { become: { user: user.name, method: 'su' }, stdin: 'fed' })
    assert.equal([again.exitCode, again.stdout], [0, `${user.name} ${odd}fed`])
    const path = `/home/${user.name}/it's here`
    await connection.upload({ content: Buffer.from([0, 255, 10, 13]) }, path)
    assert.equal([...(await connection.download(path))], [0, 255, 10, 13])
  })

  test(`${shell} ends an aborted command with all of its processes`, async () => {
    const connection = await withShell(shell)
    const pipe = `/home/${user.name}/pipe-${shell.replaceAll('/', '-')}`
    await connection.exec(['mkfifo', pipe])
    // The command's child holds the other end: the reader sees the end when the child is gone too.
    const held = connection.exec(['cat', pipe])
    const abort = new AbortController()
    const argv = ['sh', '-c', 'exec 3>"$1"; sleep 600 & echo \'held\'; wait', 'sh', pipe]
    const slow = connection.exec(argv, {
      signal: abort.signal,
      onLine: () => abort.abort(new Error('enough')),
    })
    await rejects(slow, /enough|interrupted|abort/)
    assert.is((await held).exitCode, 0)
  })

  test(`${shell} runs a play, and nothing the second time`, async () => {
    await withShell(shell)
    const first = await play()
    assert.equal(
      first.results.map(({ status }) => status),
      ['ok', 'changed', 'changed', 'changed'],
      outcomes(first).join('\n'),
    )
    const second = await play()
    assert.equal(
      second.results.map(({ status }) => status),
      ['ok', 'ok', 'ok', 'ok'],
      outcomes(second).join('\n'),
    )
    await run('rm', ['-rf', `/home/${user.name}/play`])
  })
}

const tasks = `
- hosts: all
  tasks:
    - setup:
    - file: {path: 'HOME/play', state: directory}
    - copy: {dest: 'HOME/play/it', content: "it's <%= ansible_user_id %>\\n"}
    - shell: echo "it's"'!' > made
      args: {chdir: 'HOME/play', creates: HOME/play/made}
`

async function play(): Promise<PlaybookRun> {
  const folder = makeFolder()
  const { name, ...host } = hostOf(sshd, { ansible_user: user.name })
  try {
    return await runPlaybook(folder.write('p.yml', tasks.replaceAll('HOME', `/home/${user.name}`)), {
      inventory: inventoryOf({ [name]: { vars: host.vars } }),
      transport: { ...transport, programs: [], connections: 0 },
    })
  } finally {
    folder.remove()
  }
}

test('rc files that print and set odd options change no result of a detached run or a play', async () => {
  const home = `/home/${user.name}`
  await mkdir(join(home, '.config/fish'), { recursive: true })
  const posix =
    'echo "a banner"\nset -u\nset -o noclobber\nexport CDPATH=/:/usr LANG=xx_YY.odd LC_NUMERIC=de_DE.UTF-8\n'
  await writeFile(join(home, '.bashrc'), posix)
  await writeFile(join(home, '.zshenv'), `${posix}alias cat=false\n`)
  await writeFile(join(home, '.config/fish/config.fish'), 'echo "a banner"\nset -gx CDPATH / /usr\n')
  await writeFile(
    join(home, '.cshrc'),
    'echo "a banner"\nset noclobber\nsetenv CDPATH /:/usr\nalias cat false\n',
  )
  for (const shell of ['/bin/bash', '/usr/bin/zsh', '/usr/bin/fish', '/usr/bin/tcsh']) {
    const connection = await withShell(shell)
    const result = await connection.exec(['sh', '-c', 'echo out; printf "%s" "$1" >&2', 'sh', odd], {
      detached: new DetachedRun(),
    })
    assert.equal(result, { exitCode: 0, stdout: 'out\n', stderr: odd }, shell)
    const done = await play()
    assert.equal(done.results.at(-1)?.status, 'changed', `${shell}: ${outcomes(done).join('\n')}`)
    await run('rm', ['-rf', `${home}/play`])
  }
  await appendFile(join(home, '.bashrc'), 'exit 3\n')
  await withShell('/bin/bash')
  const { recap, events } = await play()
  assert.is(recap.exitCode, 1)
  const said = JSON.stringify(events)
  assert.match(said, /the shell on 127\.0\.0\.1 ended with exit code 3 before its work was done/)
})

test.run()
