import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DetachedRun } from '../../src/connection/detached-run.ts'
import type { Become, Connection, ExecOptions, Transport } from '../../src/connection/types.ts'
import { TimeoutError, UnreachableError } from '../../src/kernel/errors.ts'
import { secret } from '../../src/kernel/secret.ts'
import { eventually } from '../support/eventually.ts'
import { makeUser, type LinuxUser } from '../support/linux-users.ts'
import { rejects } from '../support/rejects.ts'
import { hostOf, transportFor } from '../support/ssh-transport.ts'
import { kill, startSshd, type Sshd } from '../support/sshd.ts'

const test = suite('detached runs')
let sshd: Sshd
let transport: Transport
let user: LinuxUser

test.before(async () => {
  sshd = await startSshd()
  user = await makeUser('ALL=(ALL:ALL) ALL')
  transport = transportFor(sshd)
})
test.after(async () => {
  await transport.close()
  await sshd.stop()
  await user.remove()
})

const connect = (vars = {}): Promise<Connection> => transport.connect(hostOf(sshd, vars))
/** Whether this machine still has the run's folder; an empty one only keeps a late start from beginning. */
const isLeft = ({ name }: DetachedRun): boolean =>
  ['/run', '/tmp'].some((folder) => {
    const path = join(folder, `kmesos-run-${name.id}`)
    return existsSync(path) && readdirSync(path).length > 0
  })

async function cut(): Promise<void> {
  for (const pid of await sshd.sessions()) kill(pid, 'SIGKILL')
}

async function cutAfterFirstLine(
  connection: Connection,
  program: string,
  options: ExecOptions,
): Promise<void> {
  let losing: Promise<unknown> = Promise.resolve()
  await new Promise<void>((resolve) => {
    losing = rejects(connection.exec(['sh', '-c', program], { ...options, onLine: () => resolve() }))
  })
  await cut()
  assert.instance(await losing, UnreachableError)
}

/** Whether it runs: one that ended may wait for its parent to be told. */
function lives(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

test('gives the same result as any command, and leaves nothing behind', async () => {
  const detached = new DetachedRun()
  const connection = await connect()
  const program = 'cat; echo err >&2; printf last; exit 3'
  const lines: string[] = []
  const result = await connection.exec(['sh', '-c', program], {
    stdin: 'fed\nwith two lines\n',
    environment: { A: 'b c' },
    detached,
    onLine: (line, stream) => lines.push(`${stream} ${line}`),
  })
  assert.equal(result, { exitCode: 3, stdout: 'fed\nwith two lines\nlast', stderr: 'err\n' })
  assert.equal(lines.sort(), ['stderr err', 'stdout fed', 'stdout last', 'stdout with two lines'])
  assert.not.ok(isLeft(detached))
})

test('goes on where the output stopped after the connection was lost', async () => {
  const gate = join(sshd.folder, 'gate')
  // 20,000 numbered lines before and after, so that a byte lost or doubled shows.
  const program = `seq 1 20000; while [ ! -e ${gate} ]; do sleep 0.05; done; seq 20001 40000; echo end >&2; exit 7`
  const options = { detached: new DetachedRun(), stdin: 'x', onLine: (line: string) => void lines.push(line) }
  const lines: string[] = []
  const first = await connect()
  const running = rejects(first.exec(['sh', '-c', program], options), /lost the connection .*: sh -c 'seq 1/)
  await eventually(() => lines.length > 5000)
  await cut()
  assert.instance(await running, UnreachableError)
  const second = await connect()
  const again = second.exec(['sh', '-c', program], options)
  await writeFile(gate, '')
  const result = await again
  const wanted = Array.from({ length: 40000 }, (_, index) => String(index + 1))
  assert.is(result.exitCode, 7)
  assert.is(result.stderr, 'end\n')
  assert.equal(result.stdout.trimEnd().split('\n'), wanted)
  assert.equal(
    lines.filter((line) => line !== 'end'),
    wanted,
  )
  assert.not.ok(isLeft(options.detached))
})

test('fetches what ended while nobody was connected', async () => {
  const done = join(sshd.folder, 'done')
  const options = { detached: new DetachedRun() }
  const program = `echo begun; sleep 0.5; echo more; touch ${done}; exit 4`
  const first = await connect()
  await cutAfterFirstLine(first, program, options)
  await eventually(() => existsSync(done))
  const second = await connect()
  const result = await second.exec(['sh', '-c', program], options)
  assert.equal(result, { exitCode: 4, stdout: 'begun\nmore\n', stderr: '' })
})

test('what never began is sent again, and runs once', async () => {
  const count = join(sshd.folder, 'count')
  const detached = new DetachedRun()
  const first = await connect()
  const losing = first.exec(['sh', '-c', `echo x >>${count}`], { detached })
  // The channel is not open yet: the connection goes before anything of the program has left.
  await Promise.all([cut(), losing.catch(() => undefined)])
  const second = await connect()
  await second.exec(['sh', '-c', `echo x >>${count}`], { detached })
  assert.is(await readFile(count, 'utf8'), 'x\n')
})

test('works as another user with a password, also across a loss', async () => {
  const become: Become = { user: 'root', method: 'sudo', password: secret(user.password) }
  const options = { detached: new DetachedRun(), become, stdin: 'fed' }
  const gate = join(sshd.folder, 'gate2')
  const program = `id -un; cat; while [ ! -e ${gate} ]; do sleep 0.05; done; echo; exit 2`
  const first = await connect({ ansible_user: user.name })
  await cutAfterFirstLine(first, program, options)
  await writeFile(gate, '')
  const second = await connect({ ansible_user: user.name })
  const result = await second.exec(['sh', '-c', program], options)
  assert.equal(result, { exitCode: 2, stdout: 'root\nfed\n', stderr: '' })
})

test('as a user without rights its files stand in the temporary folder, for the owner alone', async () => {
  const detached = new DetachedRun()
  const connection = await connect({ ansible_user: user.name })
  const result = await connection.exec(
    ['sh', '-c', `stat -c "%a %U" /tmp/kmesos-run-${detached.name.id}; umask`],
    {
      detached,
    },
  )
  assert.is(result.stdout, `700 ${user.name}\n0022\n`)
})

test('standard input stays off the disk and out of argv', async () => {
  const detached = new DetachedRun()
  const connection = await connect()
  const program =
    'cat >/dev/null; grep -rl "sesame[-]open" "$0"; grep -al "sesame[-]open" /proc/[0-9]*/cmdline; echo looked'
  const result = await connection.exec(['sh', '-c', program, `/run/kmesos-run-${detached.name.id}`], {
    detached,
    stdin: 'sesame-open',
  })
  assert.is(result.stdout, 'looked\n')
})

test('binary output and a background process that keeps the output open are no trouble', async () => {
  const connection = await connect()
  const result = await connection.exec(
    ['sh', '-c', `printf 'a\\0b\\377\\n\\ncd' | od -An -c; sleep 30 & echo $!`],
    { detached: new DetachedRun() },
  )
  assert.is(result.exitCode, 0)
  const pid = Number(result.stdout.trim().split('\n').at(-1))
  assert.ok(lives(pid), 'the command ended, its child lives on')
  kill(pid, 'SIGKILL')
})

test('a time-out ends the program on the host', async () => {
  const detached = new DetachedRun()
  const connection = await connect()
  let pid = 0
  const error = await rejects(
    connection.exec(['sh', '-c', 'echo $$; sleep 300'], {
      detached,
      timeoutMs: 1500,
      onLine: (line) => (pid = Number(line)),
    }),
    /did not end on/,
  )
  assert.instance(error, TimeoutError)
  assert.ok(pid > 0)
  await eventually(() => !lives(pid))
  assert.not.ok(isLeft(detached))
})

test('a program that was killed is told as such', async () => {
  const detached = new DetachedRun()
  const connection = await connect()
  await rejects(
    connection.exec(['sh', '-c', 'kill -9 0'], { detached }),
    /was ended on 127\.0\.0\.1 without telling its exit code/,
  )
  assert.not.ok(isLeft(detached))
})

test('a host that was started anew does not know of it: the outcome is unknown', async () => {
  const detached = new DetachedRun()
  const first = await connect()
  await cutAfterFirstLine(first, 'echo begun; exec sleep 20', { detached })
  const second = await connect()
  await second.exec(['sh', '-c', 'kill -9 "-$(cat $0/pid)"; rm -r $0', `/run/kmesos-run-${detached.name.id}`])
  await rejects(
    second.exec(['sh', '-c', 'echo begun; exec sleep 20'], { detached }),
    /its outcome is unknown/,
  )
})

test.run()
