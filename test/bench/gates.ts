import { readFileSync } from 'node:fs'
import type { Requirement } from '../../src/start-spec/types.ts'
import { acls, digestIdOf, loginOf } from '../../src/zookeeper/identity.ts'
import { eventually } from '../support/eventually.ts'
import { createWholeLab, type WholeLab } from '../support/start-lab.ts'
import { commandOf, daemonSpec, jobSpec } from '../support/start-specs.ts'
import { percentile } from './percentiles.ts'

export interface GateFigures {
  readonly samples: number
  /** A dependency's registration is asked for until the dependent's process runs its first instruction. */
  readonly p50Ms: number
  readonly p99Ms: number
  /** Steps of the chain: 13 containers, each waiting for the one before. */
  readonly chainDepth: number
  /** The first daemon is ready until the last one runs. */
  readonly chainMs: number
}

const samples = 200
/** Containers that wait at the same time for one registration; a machine of two cores runs few processes at once. */
const together = 4
const chainDepth = 13

/** Gates of kmesos-start on one real ZooKeeper, real processes. */
export async function benchGates(): Promise<GateFigures> {
  const whole = await createWholeLab('benchgates')
  try {
    const latencies = await gateLatencies(whole)
    await whole.lab.stopAll()
    const chainMs = await chain(whole)
    return {
      samples: latencies.length,
      p50Ms: percentile(latencies, 0.5),
      p99Ms: percentile(latencies, 0.99),
      chainDepth,
      chainMs,
    }
  } finally {
    await whole.close()
  }
}

/**
 * A few long-lived containers whose job is a list of commands, each waiting for another service: one process gives many
 * samples, and what is measured is the gate and not Node's start.
 */
async function gateLatencies(whole: WholeLab): Promise<readonly number[]> {
  const rounds = samples / together
  const names = Array.from({ length: rounds }, (_, round) => `dep${round}`)
  for (const name of names) await whole.deployment.deploy(daemonSpec(name))
  const waiters = Array.from({ length: together }, (_, index) => `waiter${index}`)
  for (const waiter of waiters) {
    const commands = names.map((name) =>
      commandOf(`after-${name}`, {
        requires: [{ service: name, command: 'daemon', scope: 'global' }],
        command: ['sh', '-c', `date +%s%N > ${whole.at(`${waiter}-${name}`)}`],
      }),
    )
    await whole.deployment.deploy(jobSpec(waiter, commands))
    await whole.lab.start(waiter)
  }
  const latencies: number[] = []
  for (const name of names) {
    await eventually(async () => (await steps(whole, waiters)).every((step) => step === `after-${name}`))
    const asked = performance.timeOrigin + performance.now()
    await register(whole, name)
    for (const waiter of waiters) {
      await eventually(() => whole.textOf(`${waiter}-${name}`).trim() !== '')
      latencies.push(timeIn(whole.at(`${waiter}-${name}`)) - asked)
    }
  }
  return latencies
}

async function steps(whole: WholeLab, waiters: readonly string[]): Promise<readonly (string | undefined)[]> {
  return Promise.all(waiters.map(async (waiter) => (await whole.waiting(waiter))?.step))
}

/** Registers a daemon as its container would. */
async function register(whole: WholeLab, service: string): Promise<void> {
  const { deployment } = whole
  const own = digestIdOf(loginOf({ service }, 'benchgates', deployment.keyOf(service).key))
  const [operator = '', reader = ''] = deployment.logins.map(digestIdOf)
  const since = new Date().toISOString()
  const node = { host: 'h1', address: '10.9.0.1', ports: {}, incarnation: 'bench', since }
  const acl = acls.writtenByService(operator, reader, own)
  await deployment.store.create(deployment.layout.registryOf(service, 'bench'), JSON.stringify(node), {
    acl,
    ephemeral: true,
  })
}

/** All containers are started and waiting before the first one opens: Node's own start is measured elsewhere. */
async function chain(whole: WholeLab): Promise<number> {
  const { deployment, lab } = whole
  const names = Array.from({ length: chainDepth }, (_, index) => `link${index}`)
  await deployment.deploy(daemonSpec('opener'))
  for (const [index, name] of names.entries()) {
    const service = index === 0 ? 'opener' : `link${index - 1}`
    const requires: readonly Requirement[] = [{ service, command: 'daemon', scope: 'global' }]
    const command = ['sh', '-c', `date +%s%N > ${whole.at(name)}; exec sleep 1000`]
    await deployment.deploy(daemonSpec(name, { daemon: { requires, command } }))
    await lab.start(name, { sessionSeconds: 10 })
  }
  await eventually(async () => (await steps(whole, names)).every((step) => step === 'daemon'), 60_000)
  const asked = performance.timeOrigin + performance.now()
  await register(whole, 'opener')
  const last = names.at(-1) ?? ''
  await eventually(() => whole.textOf(last).trim() !== '', 30_000)
  return timeIn(whole.at(last)) - asked
}

/** Nanoseconds since 1970 in a file, as milliseconds. */
function timeIn(file: string): number {
  return Number(readFileSync(file, 'utf8')) / 1e6
}
