import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const jars = ['/usr/share/java/zookeeper.jar', '/usr/share/java/slf4j-simple.jar']
const packages = ['openjdk-17-jre-headless', 'libzookeeper-java', 'libslf4j-java']
const readyPollMs = 15
const readyWithinMs = 20_000

/** A real ZooKeeper 3.8 from Debian's jars on a free port of loopback; 48 MB, ready after about 0.3 s. */
export interface TestZooKeeper {
  readonly servers: string
  readonly port: number
  /** SIGKILL: connections break, the data stays. */
  stop(): Promise<void>
  start(): Promise<void>
  /** SIGSTOP: connections stay, nothing is answered. */
  freeze(): void
  thaw(): void
  /** Stops the server and removes its data. */
  close(): Promise<void>
}

export interface TestZooKeeperOptions {
  /** Sessions live 2 to 20 ticks unless told; 200 ms by default. */
  readonly tickMs?: number
}

/** False where Java or the jars are missing and nobody may install them. */
export async function haveZooKeeper(): Promise<boolean> {
  if (present()) return true
  const file = new URL('../setup/packages.ts', import.meta.url)
  if (!existsSync(file)) return false
  const setup = (await import(file.href)) as { ensurePackages(names: readonly string[]): Promise<void> }
  await setup.ensurePackages(packages)
  return present()
}

export async function startZooKeeper(options: TestZooKeeperOptions = {}): Promise<TestZooKeeper> {
  if (!(await haveZooKeeper())) throw new Error(`ZooKeeper's tests need ${packages.join(', ')}`)
  const folder = await mkdtemp(join(tmpdir(), 'kmesos-zk-'))
  const port = await freePort()
  await mkdir(join(folder, 'data'))
  await writeFile(join(folder, 'zoo.cfg'), configOf(folder, port, options.tickMs ?? 200))
  let child: ChildProcess | undefined
  const stop = async (): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
  const start = async (): Promise<void> => {
    child = spawn('java', javaArguments(folder), { stdio: 'ignore' })
    await ready(port, child)
  }
  const killWithUs = (): void => void child?.kill('SIGKILL')
  process.once('exit', killWithUs)
  await start()
  return {
    port,
    servers: `127.0.0.1:${port}`,
    stop,
    start,
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    close: async () => {
      await stop()
      process.off('exit', killWithUs)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

function present(): boolean {
  const java = (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, 'java')))
  return java && jars.every((jar) => existsSync(jar))
}

function configOf(folder: string, port: number, tickMs: number): string {
  const lines = [
    `tickTime=${tickMs}`,
    `dataDir=${folder}/data`,
    `clientPort=${port}`,
    'clientPortAddress=127.0.0.1',
    'maxClientCnxns=0',
    'admin.enableServer=false',
    '4lw.commands.whitelist=*',
    `minSessionTimeout=${2 * tickMs}`,
    'maxSessionTimeout=60000',
    'preAllocSize=64',
  ]
  return `${lines.join('\n')}\n`
}

export function javaArguments(folder: string): readonly string[] {
  const heap = ['-Xms16m', '-Xmx64m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto']
  const main = 'org.apache.zookeeper.server.quorum.QuorumPeerMain'
  return [...heap, '-Dzookeeper.forceSync=no', '-cp', jars.join(':'), main, join(folder, 'zoo.cfg')]
}

/** A starting server has no event to wait for. */
async function ready(port: number, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + readyWithinMs
  while (!(await imok(port))) {
    if (child.exitCode !== null) throw new Error(`ZooKeeper ended with exit code ${child.exitCode}`)
    if (Date.now() > deadline) throw new Error(`ZooKeeper did not answer within ${readyWithinMs} ms`)
    await delay(readyPollMs)
  }
}

function imok(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('srvr'))
    let text = ''
    socket.setTimeout(500, () => socket.destroy())
    socket.on('data', (bytes: Buffer) => (text += bytes.toString()))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(text.includes('Mode: standalone')))
  })
}
