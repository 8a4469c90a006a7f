import { CommandError } from '../kernel/errors.ts'
import type { CommandSpec } from '../start-spec/types.ts'
import { until } from './changes.ts'
import type { Config } from './config-source.ts'
import { SpecChanged, StopRequest, type Container } from './container.ts'
import { runDaemon } from './daemon.ts'
import { awaitRequirements, specChanged } from './gate.ts'
import type { Lock } from './lock.ts'
import { writeFiles } from './prepare-step.ts'
import { runAttempt } from './run-command.ts'
import { runOnce } from './run-once.ts'
import { tellStatus } from './status.ts'

/** The container's whole life: commands in order, then the daemon; again from the start when the spec changes. Returns the exit code. */
export async function runContainer(container: Container, onStep: (step: string) => void): Promise<number> {
  let turn: Lock | undefined
  for (;;) {
    const config = await awaitConfig(container)
    try {
      for (const command of config.spec.commands) {
        onStep(command.name)
        await runCommandStep(container, command, config)
      }
      onStep('daemon')
      if (config.spec.kind === 'job') return await idle(container, config)
      const end = await runDaemon(container, config, turn)
      if ('exitCode' in end) return end.exitCode
      turn = end.turn
    } catch (error) {
      if (!(error instanceof SpecChanged)) throw error
      container.log('', `${error.message}; begins again`)
    }
  }
}

/** The newest configuration whose parts fit together. Throws its fault. */
export async function awaitConfig(container: Pick<Container, 'source' | 'log' | 'signal'>): Promise<Config> {
  const { source, log, signal } = container
  let told = ''
  return until(
    [source.changes],
    () => {
      if (source.fault) throw source.fault
      if (source.missing !== '' && source.missing !== told) {
        told = source.missing
        log('', `waits: ${told}`)
      }
      return source.missing === '' ? source.current : undefined
    },
    signal,
  )
}

async function runCommandStep(container: Container, command: CommandSpec, config: Config): Promise<void> {
  const { digest } = command
  const onWait = (): void =>
    void tellStatus(container, command.name, { state: 'waiting', digest, attempt: 0 })
  const prepare = async (): Promise<void> => {
    const told = command.runOnce ? {} : { onWait }
    await awaitRequirements(container, { step: command.name, requires: command.requires, config, ...told })
    await writeFiles(container, config, command.name)
  }
  if (command.runOnce) return runOnce(container, { command, config }, prepare)
  await prepare()
  await runHere(container, command, config)
}

/** A command that runs in every container's start; its state is told below this host. */
async function runHere(container: Container, command: CommandSpec, config: Config): Promise<void> {
  const { log, clock, signal } = container
  const { digest } = command
  for (let number = 1; ; number++) {
    void tellStatus(container, command.name, { state: 'running', digest, attempt: number })
    log(command.name, `runs, attempt ${number}`)
    const attempt = await runAttempt(container, { command, config }, signal)
    if (attempt.ok) {
      await tellStatus(container, command.name, { state: 'done', digest, attempt: number })
      log(command.name, 'done')
      return
    }
    const last = number > command.retries
    log(command.name, `failed: ${attempt.error}${last ? '' : `; tries again in ${command.delaySeconds} s`}`)
    const told = { digest, attempt: number, error: attempt.error, log: attempt.log }
    await tellStatus(container, command.name, { state: last ? 'error' : 'retry', ...told })
    if (last) throw new CommandError(`${command.name} failed at attempt ${number}: ${attempt.error}`)
    await clock.sleep(command.delaySeconds * 1000, signal)
  }
}

/** A job that is done stays until it is removed: Marathon would start it again. A changed spec begins anew. */
async function idle(container: Container, config: Config): Promise<number> {
  const { log, source, signal } = container
  log('', 'all commands are done; idles until it is removed')
  const changed = (): never | undefined => {
    if (specChanged(config, source.current)) throw new SpecChanged('the spec of the job changed')
    return undefined
  }
  try {
    return await until<never>([source.changes], changed, signal)
  } catch (error) {
    // Being stopped is the regular end of a job.
    if (error instanceof StopRequest) return 0
    throw error
  }
}
