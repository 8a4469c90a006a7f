import { CommandError } from '../kernel/errors.ts'
import type { CommandSpec } from '../start-spec/types.ts'
import { exitText, type Child } from './child.ts'
import type { Config } from './config-source.ts'
import type { Container } from './container.ts'
import { renderForStep } from './prepare-step.ts'

/** Between SIGTERM and SIGKILL for a command that ran too long. */
const killGraceMs = 5_000

export interface Attempt {
  readonly ok: boolean
  readonly error: string
  /** Last lines of standard error. */
  readonly log: readonly string[]
}

/** One run of a command: never throws for the command's own failures, only when asked to stop. */
export async function runAttempt(
  container: Container,
  step: { readonly command: CommandSpec; readonly config: Config },
  signal: AbortSignal,
): Promise<Attempt> {
  signal.throwIfAborted()
  let child: Child
  try {
    child = await launch(container, step.command, step.config)
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    return { ok: false, error: error.message, log: [] }
  }
  const { exit, late } = await ended(child, {
    container,
    timeoutMs: step.command.timeoutSeconds * 1000,
    signal,
  })
  signal.throwIfAborted()
  if (late)
    return { ok: false, error: `took longer than ${step.command.timeoutSeconds} s`, log: child.errorLines() }
  return { ok: exit.code === 0, error: exitText(exit), log: child.errorLines() }
}

async function launch(container: Container, command: CommandSpec, config: Config): Promise<Child> {
  const renderer = await renderForStep(container, config, command.name)
  return container.launcher.start({
    argv: renderer.words(command.command, command.name),
    environment: renderer.environment(command.environment, command.name),
    user: command.user ?? config.spec.user,
    stdin: command.stdin === undefined ? undefined : renderer.input(command.stdin, command.name),
    stdout: 'lines',
  })
}

/** Waits for the end; a command that is late or not wanted any more is killed with all of its process group. */
async function ended(
  child: Child,
  options: { readonly container: Container; readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<{ readonly exit: Awaited<Child['exited']>; readonly late: boolean }> {
  let late = false
  let lastResort: NodeJS.Timeout | undefined
  const kill = (): void => {
    child.killGroup('SIGTERM')
    lastResort = setTimeout(() => child.killGroup('SIGKILL'), killGraceMs)
  }
  const timer = setTimeout(() => {
    late = true
    kill()
  }, options.timeoutMs)
  options.signal.addEventListener('abort', kill, { once: true })
  try {
    return { exit: await child.exited, late }
  } finally {
    clearTimeout(timer)
    clearTimeout(lastResort)
    options.signal.removeEventListener('abort', kill)
    if (late || options.signal.aborted) child.killGroup('SIGKILL')
  }
}
