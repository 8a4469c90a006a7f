import { build } from 'esbuild'
import { spawn, type ChildProcess } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Deployment } from './deployment.ts'

/** kmesos-start as it is shipped: one bundled file. */
export async function bundleStart(folder: string): Promise<string> {
  const outfile = join(folder, 'kmesos-start.cjs')
  const entry = new URL('../../src/start/main.ts', import.meta.url).pathname
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    minify: true,
    keepNames: true,
  })
  return outfile
}

export interface StartProcess {
  readonly process: ChildProcess
  /** Everything written so far, both streams. */
  output(): string
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
}

export interface StartOptions {
  readonly host?: string
  readonly instance?: string
  readonly sessionSeconds?: number
  readonly environment?: Readonly<Record<string, string>>
}

/** Containers of a deployment as plain processes: the bundle with the environment that Marathon would give. */
export class StartLab {
  readonly folder: string
  readonly #bundle: string
  readonly #servers: string
  readonly #deployment: Deployment
  readonly #running = new Set<ChildProcess>()
  #count = 0

  constructor(parts: { folder: string; bundle: string; servers: string; deployment: Deployment }) {
    this.folder = parts.folder
    this.#bundle = parts.bundle
    this.#servers = parts.servers
    this.#deployment = parts.deployment
    process.once('exit', () => this.killAll())
  }

  async start(service: string, options: StartOptions = {}): Promise<StartProcess> {
    const instance = options.instance ?? `${service}.${++this.#count}`
    const keyFile = join(this.folder, `${service}.key`)
    await writeFile(keyFile, JSON.stringify(this.#deployment.keyOf(service)))
    await chmod(keyFile, 0o600)
    const environment = {
      PATH: process.env['PATH'],
      HOST: options.host ?? 'h1',
      MESOS_TASK_ID: instance,
      KMESOS_ZOOKEEPER: this.#servers,
      KMESOS_DEPLOYMENT: this.#deployment.keyOf(service).deployment,
      KMESOS_SERVICE: service,
      KMESOS_KEY_FILE: keyFile,
      KMESOS_SESSION_SECONDS: String(options.sessionSeconds ?? 2),
      ...options.environment,
    }
    const child = spawn(process.execPath, [this.#bundle], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#running.add(child)
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8')
      stream.on('data', (text: string) => (output += text))
    }
    const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
      child.once('exit', (code, signal) => {
        this.#running.delete(child)
        resolve({ code, signal })
      })
    })
    return { process: child, output: () => output, exited }
  }

  /** Asks all to stop and waits for it; kills those that do not. */
  async stopAll(): Promise<void> {
    const ends = [...this.#running].map((child) => new Promise((resolve) => child.once('exit', resolve)))
    for (const child of this.#running) {
      child.kill('SIGCONT')
      child.kill('SIGTERM')
    }
    const lastResort = setTimeout(() => this.killAll(), 5_000)
    await Promise.all(ends)
    clearTimeout(lastResort)
  }

  killAll(): void {
    for (const child of this.#running) child.kill('SIGKILL')
  }
}

export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'kmesos-start-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
