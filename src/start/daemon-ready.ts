import type { DaemonSpec } from '../start-spec/types.ts'
import type { Container } from './container.ts'
import type { DaemonPlan } from './plan-daemon.ts'
import { awaitReady } from './ready-check.ts'
import { findUser } from './users.ts'

/** Undefined when the daemon's check has passed; else why it did not in the time that it has. Rejects when the signal aborts. */
export async function awaitDaemonReady(
  { container, spec }: { readonly container: Container; readonly spec: DaemonSpec },
  plan: DaemonPlan,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { accounts, clock, redact } = container
  const user = plan.user === undefined ? undefined : findUser(accounts, plan.user)
  const sleep = (ms: number, stop: AbortSignal): Promise<void> => clock.sleep(ms, stop)
  const deadline = AbortSignal.timeout(spec.readyWithinSeconds * 1000)
  let why = ''
  try {
    const either = AbortSignal.any([deadline, signal])
    await awaitReady({ check: plan.ready, user, redact, sleep }, either, (miss) => (why = miss))
    return undefined
  } catch (error) {
    if (!deadline.aborted) throw error
    return `not ready within ${spec.readyWithinSeconds} s: ${why}`
  }
}
