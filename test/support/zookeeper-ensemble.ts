import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from './eventually.ts'
import { freePort, haveZooKeeper, javaArguments } from './zookeeper-server.ts'

/** Three ZooKeeper servers on loopback with a leader; 58 MB each. */
export interface TestEnsemble {
  /** One address each. */
  readonly servers: readonly string[]
  freeze(index: number): void
  thaw(index: number): void
  close(): Promise<void>
}

const members = 3

export async function startEnsemble(tickMs = 200): Promise<TestEnsemble> {
  if (!(await haveZooKeeper())) throw new Error('no ZooKeeper on this machine')
  const folder = await mkdtemp(join(tmpdir(), 'kmesos-ensemble-'))
  const ports: number[] = []
  for (let count = 0; count < 3 * members; count++) ports.push(await freePort())
  const portOf = (member: number, kind: number): number => ports[3 * member + kind] ?? 0
  const clients = Array.from({ length: members }, (_, member) => portOf(member, 0))
  const list = clients.map(
    (_, member) => `server.${member + 1}=127.0.0.1:${portOf(member, 1)}:${portOf(member, 2)}`,
  )
  const children: ChildProcess[] = []
  for (const [member, port] of clients.entries()) {
    const own = join(folder, String(member + 1))
    await mkdir(join(own, 'data'), { recursive: true })
    await writeFile(join(own, 'data', 'myid'), String(member + 1))
    const config = [
      ...[`tickTime=${tickMs}`, 'initLimit=50', 'syncLimit=10', `dataDir=${own}/data`, `clientPort=${port}`],
      ...[
        'clientPortAddress=127.0.0.1',
        'admin.enableServer=false',
        '4lw.commands.whitelist=*',
        'preAllocSize=64',
      ],
      ...list,
    ]
    await writeFile(join(own, 'zoo.cfg'), `${config.join('\n')}\n`)
    children.push(spawn('java', javaArguments(own), { stdio: 'ignore' }))
  }
  const killAll = (): void => children.forEach((child) => void child.kill('SIGKILL'))
  process.once('exit', killAll)
  for (const port of clients) await eventually(() => serves(port), 20_000)
  return {
    servers: clients.map((port) => `127.0.0.1:${port}`),
    freeze: (index) => void children[index]?.kill('SIGSTOP'),
    thaw: (index) => void children[index]?.kill('SIGCONT'),
    close: async () => {
      const ends = children.map((child) => once(child, 'exit'))
      killAll()
      await Promise.all(ends)
      process.off('exit', killAll)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function serves(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('srvr'))
    let text = ''
    socket.setTimeout(500, () => socket.destroy())
    socket.on('data', (bytes: Buffer) => (text += bytes.toString()))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(/Mode: (leader|follower)/.test(text)))
  })
}
