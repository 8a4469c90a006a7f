import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { connectMarathon } from '../../src/marathon/marathon-client.ts'
import type { Marathon } from '../../src/marathon/port.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { eventually } from './eventually.ts'

/** kmesos engine as a process of its own, with a client for it. */
export interface EngineProcess {
  readonly url: string
  readonly marathon: Marathon
  output(): string
  start(): Promise<void>
  /** Resolves with the exit code (null after SIGKILL). */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null>
}

export interface EngineProcessOptions {
  readonly socketPath: string
  readonly stateDirectory: string
  readonly argv?: readonly string[]
}

/** Starts the engine on a free port of loopback and waits until it answers. */
export async function startEngineProcess(options: EngineProcessOptions): Promise<EngineProcess> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const marathon = connectMarathon({ urls: [url], clock: systemClock, attempts: 1 })
  let child: ChildProcess | undefined
  let output = ''
  const engine: EngineProcess = {
    url,
    marathon,
    output: () => output,
    start: async () => {
      const argv = [
        '--import',
        'tsx',
        'src/engine/main.ts',
        '--listen',
        '127.0.0.1',
        '--port',
        String(port),
        '--hostname',
        'h1',
        '--attributes',
        'controller:true',
        '--docker-socket',
        options.socketPath,
        '--state',
        options.stateDirectory,
        ...(options.argv ?? []),
      ]
      child = spawn(process.execPath, argv, { stdio: ['ignore', 'ignore', 'pipe'] })
      child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()))
      const started = child
      await eventually(() => {
        if (started.exitCode !== null) throw new Error(`the engine ended: ${output}`)
        return marathon.ping().then(
          () => true,
          () => false,
        )
      }, 20_000)
    },
    end: async (signal) => {
      if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null
      const gone = once(child, 'exit')
      child.kill(signal)
      await gone
      return child.exitCode
    },
  }
  await engine.start()
  return engine
}

export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}
