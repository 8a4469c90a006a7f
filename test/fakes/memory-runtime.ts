import type { Clock } from '../../src/kernel/clock.ts'
import { taskLabel, type ContainerRequest } from '../../src/engine/container-request.ts'
import type {
  ContainerExit,
  ContainerRuntime,
  ContainerState,
  ExecResult,
  LogSink,
  RuntimeListener,
  StartedContainer,
} from '../../src/engine/runtime.ts'

interface MemoryContainer {
  readonly request: ContainerRequest
  readonly abort: AbortController
  readonly ended: Promise<ContainerExit>
  /** Exit code on SIGTERM; undefined = a first process without a handler, which the kernel does not end. */
  onTerm: number | undefined
  exit?: ContainerExit
  output: { stream: 'stdout' | 'stderr'; text: string }[]
  readonly more: Set<() => void>
}

/**
 * A container engine in memory. Images are names; a command is a small piece of shell: `echo TEXT [>&2]`, `sleep N [& wait]`,
 * `exit N`, `true`, `false`, `trap 'exit N' TERM`, joined by `;`. It passes the same contract as Docker.
 */
export class MemoryRuntime implements ContainerRuntime {
  readonly images = new Set<string>()
  readonly containers = new Map<string, MemoryContainer>()
  readonly #clock: Clock
  readonly #listeners = new Set<RuntimeListener>()

  constructor(clock: Clock, images: readonly string[] = ['busybox:test']) {
    this.#clock = clock
    for (const image of images) this.images.add(image)
  }

  async info() {
    return { version: 'memory', cpus: 4, mem: 8192 }
  }

  async start(request: ContainerRequest, signal: AbortSignal): Promise<StartedContainer> {
    await Promise.resolve()
    signal.throwIfAborted()
    if (!this.images.has(request.image))
      throw new Error(`Failed to pull image '${request.image}': no such image`)
    if (this.containers.has(request.name))
      throw new Error(`Conflict. The container name "/${request.name}" is already in use`)
    const abort = new AbortController()
    const container: MemoryContainer = {
      request,
      abort,
      onTerm: request.body.HostConfig.Init ? 143 : undefined,
      output: [],
      more: new Set(),
      ended: undefined as never,
    }
    this.containers.set(request.name, container)
    const ended = this.#run(container).then((exit) => this.#end(container, exit))
    Object.assign(container, { ended })
    return request.body.HostConfig.NetworkMode === 'bridge' ? { address: '172.17.0.2' } : {}
  }

  async stop(name: string, graceSeconds: number): Promise<void> {
    const container = this.containers.get(name)
    if (!container || container.exit) return
    if (container.onTerm !== undefined) container.abort.abort(container.onTerm)
    else void this.#clock.sleep(graceSeconds * 1000).then(() => container.abort.abort(137))
    await container.ended
  }

  /** As `kill -9` of its first process from outside. */
  kill(name: string): void {
    this.containers.get(name)?.abort.abort(137)
  }

  async remove(name: string): Promise<void> {
    const container = this.containers.get(name)
    container?.abort.abort(137)
    await container?.ended
    this.containers.delete(name)
  }

  async list(): Promise<readonly ContainerState[]> {
    return [...this.containers.values()].map(({ request, exit }) => {
      const head = { name: request.name, taskId: request.body.Labels[taskLabel] ?? '' }
      return exit ? { ...head, state: 'exited', ...exit } : { ...head, state: 'running' }
    })
  }

  async exec(name: string, argv: readonly string[], timeoutMs: number): Promise<ExecResult> {
    const container = this.containers.get(name)
    if (!container || container.exit) throw new Error(`No such container: ${name}`)
    let output = ''
    const late = new Error(`the command did not end within ${timeoutMs / 1000} s`)
    const run = interpret(argv.at(-1) ?? '', {
      clock: this.#clock,
      signal: container.abort.signal,
      say: (_, text) => (output += text),
      trap: () => undefined,
    })
    const exitCode = await Promise.race([
      run,
      this.#clock.sleep(timeoutMs).then(() => {
        throw late
      }),
    ])
    return { exitCode, output }
  }

  async captureLogs(name: string, sink: LogSink): Promise<void> {
    const container = this.containers.get(name)
    if (!container) throw new Error(`No such container: ${name}`)
    for (let next = 0; ; next++) {
      if (next >= container.output.length && !container.exit) {
        await new Promise<void>((resolve) => container.more.add(resolve))
      }
      const part = container.output[next]
      if (!part) return
      await sink.write(part.stream, Buffer.from(part.text))
    }
  }

  follow(listener: RuntimeListener, signal: AbortSignal): void {
    this.#listeners.add(listener)
    signal.addEventListener('abort', () => this.#listeners.delete(listener))
    queueMicrotask(() => listener.resync())
  }

  async #run(container: MemoryContainer): Promise<ContainerExit> {
    const { Entrypoint, Cmd = [] } = container.request.body
    const script = Entrypoint ? (Cmd.at(-1) ?? '') : Cmd.join(' ')
    const exitCode = await interpret(script, {
      clock: this.#clock,
      signal: container.abort.signal,
      say: (stream, text) => {
        container.output.push({ stream, text })
        wake(container)
      },
      trap: (code) => (container.onTerm = code),
    })
    return { exitCode, outOfMemory: false }
  }

  #end(container: MemoryContainer, exit: ContainerExit): ContainerExit {
    container.exit = exit
    wake(container)
    for (const listener of this.#listeners) listener.exited(container.request.name, exit)
    return exit
  }
}

function wake(container: MemoryContainer): void {
  for (const resolve of container.more) resolve()
  container.more.clear()
}

interface Machine {
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly say: (stream: 'stdout' | 'stderr', text: string) => void
  readonly trap: (code: number) => void
}

/** Runs the script; the exit code. An abort ends it with the abort's reason. */
async function interpret(script: string, machine: Machine): Promise<number> {
  let status = 0
  for (const statement of script.split(';').map((part) => part.trim().replace(/^exec /, ''))) {
    if (machine.signal.aborted) return machine.signal.reason as number
    const [word = '', ...rest] = statement.split(/\s+/)
    if (word === 'exit') return Number(rest[0] ?? status)
    if (word === 'trap') machine.trap(Number(/exit (\d+)/.exec(statement)?.[1] ?? 0))
    else if (word === 'echo')
      machine.say(
        rest.at(-1) === '>&2' ? 'stderr' : 'stdout',
        `${rest.filter((part) => part !== '>&2').join(' ')}\n`,
      )
    else if (word === 'sleep')
      await machine.clock.sleep(Number(rest[0]) * 1000, machine.signal).catch(() => undefined)
    else if (word === 'false') status = 1
    else if (word === 'true') status = 0
    else if (word !== '') return 127
  }
  return machine.signal.aborted ? (machine.signal.reason as number) : status
}
