import { randomBytes } from 'node:crypto'
import { digestOf } from '../kernel/digest.ts'
import type { DaemonSpec } from '../start-spec/types.ts'
import { exitCodeOf, exitText } from './child.ts'
import type { Config } from './config-source.ts'
import type { Container } from './container.ts'
import { awaitDaemonReady } from './daemon-ready.ts'
import { followChanges, type Ending, type Running } from './follow-changes.ts'
import { forwardSignals } from './forward-signals.ts'
import { awaitRequirements } from './gate.ts'
import type { Lock } from './lock.ts'
import { planDaemon, type DaemonPlan } from './plan-daemon.ts'
import { writeFiles } from './prepare-step.ts'
import { Registration } from './registration.ts'
import { earlierStart, tellStatus } from './status.ts'

/** Dependents shall notice before the daemon stops, but a ZooKeeper that is away must not keep it running. */
const deregisterLimitMs = 2_000
/** A daemon that is restarted for a new configuration and does not stop is killed after this. */
const restartGraceMs = 60_000

/** Its exit code, or: begin again with the newest configuration, and give the turn back when that is ready. */
export type DaemonEnd = { readonly exitCode: number } | { readonly turn: Lock }

/** Runs the daemon until it ends, for whatever reason. `turn`: held by a restart, given back when the daemon is registered. */
export async function runDaemon(container: Container, config: Config, turn?: Lock): Promise<DaemonEnd> {
  const spec = config.spec.daemon as DaemonSpec
  const digest = digestOf(spec)
  const earlier = await earlierStart(container, digest)
  const attempt = earlier.attempt + 1
  const onWait = (): void => void tellStatus(container, 'daemon', { ...earlier, state: 'waiting', digest })
  await awaitRequirements(container, { step: 'daemon', requires: spec.requires, config, onWait })
  await writeFiles(container, config, 'daemon')
  const plan = await planDaemon(container, config)
  void tellStatus(container, 'daemon', { ...earlier, state: 'starting', digest, attempt })
  const { argv, environment } = plan
  const child = await container.launcher.start({
    argv,
    environment,
    user: config.spec.user,
    stdout: 'inherit',
  })
  container.log('daemon', `started as process ${child.pid}`)
  const registration = new Registration(container, config.spec, randomBytes(8).toString('hex'))
  const running: Running = { container, spec, child, digest, attempt, registration }
  const stopForwarding = forwardSignals(child)
  const over = new AbortController()
  try {
    const ending = await Promise.race([
      child.exited.then((exit): Ending => ({ kind: 'exited', exit })),
      stopRequested(container.signal),
      becomeReady(running, plan, { signal: over.signal, turn }),
      followChanges(running, { config, plan, signal: over.signal }, turn),
    ])
    return await finish(running, ending)
  } finally {
    over.abort()
    stopForwarding()
  }
}

function stopRequested(signal: AbortSignal): Promise<Ending> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve({ kind: 'stopped' })
    signal.addEventListener('abort', () => resolve({ kind: 'stopped' }), { once: true })
  })
}

/** Registers when ready; resolves only when it does not become ready in time. */
async function becomeReady(
  running: Running,
  plan: DaemonPlan,
  { signal, turn }: { readonly signal: AbortSignal; readonly turn: Lock | undefined },
): Promise<Ending> {
  try {
    const why = await awaitDaemonReady(running, plan, signal)
    if (why !== undefined) return { kind: 'not-ready', why }
  } catch {
    return never()
  }
  // It may have died while the last probe was under way.
  if (signal.aborted) return never()
  await register(running)
  await turn?.release()
  return never()
}

async function register({ container, registration, digest, attempt }: Running): Promise<void> {
  container.log('daemon', 'is ready')
  // Not one after the other: dependents wait for the registration alone.
  const registered = registration.announce()
  void tellStatus(container, 'daemon', { state: 'ready', digest, attempt })
  await registered
}

async function finish(running: Running, ending: Ending): Promise<DaemonEnd> {
  const { container, child, spec, digest, attempt, registration } = running
  const { clock, log } = container
  // First of all: nobody shall come to a daemon that stops.
  await Promise.race([registration.withdraw(), clock.sleep(deregisterLimitMs)])
  const told = { digest, attempt }
  switch (ending.kind) {
    case 'exited': {
      const text = exitText(ending.exit)
      log('daemon', `ended: ${text}`)
      const lines = { error: text, log: child.errorLines() }
      await settle(
        container,
        tellStatus(container, 'daemon', {
          state: ending.exit.code === 0 ? 'stopped' : 'error',
          ...told,
          ...lines,
        }),
      )
      return { exitCode: exitCodeOf(ending.exit) }
    }
    case 'not-ready': {
      log('daemon', ending.why)
      const lines = { error: ending.why, log: child.errorLines() }
      child.killGroup('SIGKILL')
      await settle(container, tellStatus(container, 'daemon', { state: 'error', ...told, ...lines }))
      return { exitCode: 1 }
    }
    case 'changed':
      await stopWithin(running, restartGraceMs)
      return { turn: ending.turn }
    case 'stopped': {
      log('daemon', `stops by ${spec.stopSignal}`)
      child.kill(spec.stopSignal as NodeJS.Signals)
      // Mesos kills us after its own grace.
      const exit = await child.exited
      log('daemon', `ended: ${exitText(exit)}`)
      await settle(container, tellStatus(container, 'daemon', { state: 'stopped', ...told }))
      return { exitCode: exitCodeOf(exit) }
    }
  }
}

async function stopWithin({ child, spec }: Running, limitMs: number): Promise<void> {
  const lastResort = setTimeout(() => child.killGroup('SIGKILL'), limitMs)
  child.kill(spec.stopSignal as NodeJS.Signals)
  await child.exited
  clearTimeout(lastResort)
}

/** The last words reach ZooKeeper if it is there, and do not keep us if it is not. */
function settle(container: Container, work: Promise<void>): Promise<void> {
  return Promise.race([work, container.clock.sleep(deregisterLimitMs)])
}

function never(): Promise<never> {
  return new Promise(() => undefined)
}
