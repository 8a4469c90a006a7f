import type { HealthCheck, ReadinessCheck } from '../marathon/types.ts'
import { agentOf, type EngineContext } from './context.ts'
import { afterProbe, firstProbeAfterMs, type ProbeFailure } from './health.ts'
import { healthOf, taskIdOf } from './instance.ts'
import { healthTarget, probe, readinessTarget } from './probe.ts'
import type { HealthRecord, Instance } from './types.ts'

/** Called when a task has failed its health check too often. */
export type Unhealthy = (instance: Instance, reason: string) => void

// An interval of 0 is allowed; it must not become a busy loop.
const shortestIntervalMs = 500

/** Probes running tasks, each check at its own pace, until the task's signal aborts. */
export class HealthWatch {
  readonly #context: EngineContext
  readonly #unhealthy: Unhealthy
  readonly #readiness = new Set<string>()

  constructor(context: EngineContext, unhealthy: Unhealthy) {
    this.#context = context
    this.#unhealthy = unhealthy
  }

  watch(instance: Instance, signal: AbortSignal): void {
    const checks = instance.app.healthChecks ?? []
    checks.forEach(
      (check, index) => void this.#follow(instance, { check, index, signal }).catch(() => undefined),
    )
    const readiness = instance.app.readinessChecks?.[0]
    const asked = readiness && instance.readiness?.ready !== true
    if (asked) void this.#followReadiness(instance, readiness, signal).catch(() => undefined)
  }

  async #follow(
    started: Instance,
    watch: { check: HealthCheck; index: number; signal: AbortSignal },
  ): Promise<void> {
    const { check, index, signal } = watch
    const { clock, world } = this.#context
    const taskId = taskIdOf(started)
    await clock.sleep(firstProbeAfterMs(check), signal)
    while (!signal.aborted) {
      const failure = await this.#probe(check, started)
      const instance = world.instances.get(started.id)
      if (!instance || taskIdOf(instance) !== taskId || instance.condition !== 'Running' || signal.aborted)
        return
      this.#record(instance, { check, index }, failure)
      await clock.sleep(Math.max(shortestIntervalMs, (check.intervalSeconds ?? 60) * 1000), signal)
    }
  }

  #probe(check: HealthCheck, instance: Instance): Promise<ProbeFailure> {
    const { prober, runtime } = this.#context
    const agent = agentOf(this.#context, instance)
    const run = async (command: string, timeoutMs: number): Promise<ProbeFailure> => {
      const result = await runtime.exec(instance.containerName ?? '', ['/bin/sh', '-c', command], timeoutMs)
      if (result.exitCode === 0) return undefined
      return `Command returned exit code ${result.exitCode}: ${result.output.trim().slice(-500)}`
    }
    const timeoutMs = Math.max(1, check.timeoutSeconds ?? 20) * 1000
    return probe(healthTarget(check, instance, agent), timeoutMs, { prober, run })
  }

  #record(
    instance: Instance,
    { check, index }: { check: HealthCheck; index: number },
    failure: ProbeFailure,
  ): void {
    const { bus, clock, world } = this.#context
    const before = instance.health[index]
    const startedAt = Date.parse(instance.startedAt ?? '') || 0
    const { record, kill } = afterProbe(check, before, failure, { now: clock.now(), startedAt })
    const changed = { ...instance, health: withRecord(instance, index, record) }
    world.setInstance(changed)
    const { app, id: instanceId } = instance
    const taskId = taskIdOf(instance)
    if (failure !== undefined && record !== before)
      bus.publish('failed_health_check_event', { appId: app.id, taskId, healthCheck: check })
    if (record && record.alive !== before?.alive) this.#publishHealth(changed, record.alive)
    if (kill) {
      const agent = agentOf(this.#context, instance)
      const reason = failure ?? ''
      const common = { appId: app.id, taskId, instanceId, version: app.version }
      bus.publish('unhealthy_instance_kill_event', {
        ...common,
        reason,
        host: agent.hostname,
        slaveId: agent.id,
      })
      this.#unhealthy(changed, `Task was killed since health check failed. Reason: ${reason}`)
    }
    this.#context.poke()
  }

  #publishHealth(instance: Instance, alive: boolean): void {
    const { app, id: instanceId } = instance
    const { bus } = this.#context
    bus.publish('health_status_changed_event', { appId: app.id, instanceId, version: app.version, alive })
    const healthy = healthOf(instance)
    bus.publish('instance_health_changed_event', {
      instanceId,
      runSpecId: app.id,
      healthy,
      runSpecVersion: app.version,
    })
  }

  async #followReadiness(started: Instance, check: ReadinessCheck, signal: AbortSignal): Promise<void> {
    const { clock, world } = this.#context
    const taskId = taskIdOf(started)
    if (this.#readiness.has(taskId)) return
    this.#readiness.add(taskId)
    try {
      while (!signal.aborted) {
        const instance = world.instances.get(started.id)
        if (!instance || taskIdOf(instance) !== taskId) return
        const ready = await this.#askReadiness(instance, check)
        this.#context.poke()
        if (ready) return
        await clock.sleep(Math.max(1, check.intervalSeconds ?? 30) * 1000, signal)
      }
    } finally {
      this.#readiness.delete(taskId)
    }
  }

  async #askReadiness(started: Instance, check: ReadinessCheck): Promise<boolean> {
    const { prober, world } = this.#context
    const agent = agentOf(this.#context, started)
    const target = readinessTarget(check, started, agent)
    const answer = await prober.http(target, (check.timeoutSeconds ?? 10) * 1000).catch(() => undefined)
    const ready = answer !== undefined && (check.httpStatusCodesForReady ?? [200]).includes(answer.status)
    const instance = world.instances.get(started.id)
    if (!instance || taskIdOf(instance) !== taskIdOf(started)) return true
    const lastResponse = check.preserveLastResponse === true && answer ? { lastResponse: answer } : {}
    const readiness = {
      name: check.name ?? 'readinessCheck',
      taskId: taskIdOf(instance),
      ready,
      ...lastResponse,
    }
    world.setInstance({ ...instance, readiness })
    return ready
  }
}

function withRecord(
  instance: Instance,
  index: number,
  record: HealthRecord | undefined,
): (HealthRecord | undefined)[] {
  const length = instance.app.healthChecks?.length ?? 0
  // JSON turns undefined into null; both mean "not probed yet".
  return Array.from({ length }, (_, position) =>
    position === index ? record : (instance.health[position] ?? undefined),
  )
}
