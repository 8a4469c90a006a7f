import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Inventory } from '../../src/inventory/types.ts'
import type { ServiceClients } from '../../src/phases/clients.ts'
import type { RunEvent } from '../../src/reporter/types.ts'
import { deploy, type DeployRequest, type DeployResult } from '../../src/workflows/deploy.ts'
import {
  loadDeployment,
  loadSite,
  neededSecrets,
  type LoadedDeployment,
} from '../../src/workflows/load-deployment.ts'
import { passwordInit } from '../../src/workflows/password-init.ts'
import { FakeHost, fakeTransport } from '../fakes/fake-connection.ts'
import { ManualClock } from '../fakes/manual-clock.ts'
import { MemoryMarathon } from '../fakes/memory-marathon.ts'
import { MemoryZooKeeper } from '../fakes/memory-store.ts'
import { SimulatedContainers, type SimulationOptions } from '../fakes/simulated-containers.ts'
import { sampleInventory, type SampleInventory } from '../services/sample-site.ts'

export const deployment = 'test'

/** A whole deployment on fakes: one host with a real shell for its key files, ZooKeeper and Marathon in memory. */
export interface Rig {
  readonly folder: string
  readonly loaded: LoadedDeployment
  readonly zookeeper: MemoryZooKeeper
  readonly marathon: MemoryMarathon
  readonly containers: SimulatedContainers
  readonly host: FakeHost
  readonly clients: ServiceClients
  readonly clock: ManualClock
  readonly events: RunEvent[]
  readonly request: DeployRequest
  readonly deploy: (request?: Partial<DeployRequest>, loaded?: LoadedDeployment) => Promise<DeployResult>
  /** Reads roles, inventory and passwords again. */
  readonly reload: (sample?: SampleInventory) => Promise<LoadedDeployment>
  readonly close: () => void
}

export async function newRig(
  simulation: Partial<SimulationOptions> = {},
  options: { readonly profile?: string } = {},
): Promise<Rig> {
  const folder = mkdtempSync(join(tmpdir(), 'kmesos-deploy-'))
  const reload = (sample?: SampleInventory): Promise<LoadedDeployment> =>
    load(folder, sampleInventory(sample), options)
  const loaded = await reload()
  const zookeeper = new MemoryZooKeeper()
  const containers = new SimulatedContainers(zookeeper, {
    deployment,
    credentials: loaded.credentials,
    ...simulation,
  })
  const marathon = new MemoryMarathon(containers.launch)
  const host = shellHost('h1', folder)
  const clock = new ManualClock()
  const events: RunEvent[] = []
  const clients: ServiceClients = {
    store: zookeeper.connect([loaded.login]),
    marathon: marathon.port,
    transport: fakeTransport([host]),
    becomeOf: () => undefined,
    reporter: { report: (event) => void events.push(event), close: () => Promise.resolve() },
    clock,
    signal: new AbortController().signal,
  }
  const request: DeployRequest = {
    ...{ only: [], check: false, diff: true, timeoutMs: 60_000, forks: 5, outputFolder: join(folder, 'out') },
    operator: { who: 'ada', host: 'desk', pid: 7, command: 'kmesos deploy' },
  }
  return {
    ...{ folder, loaded, zookeeper, marathon, containers, host, clients, clock, events, request, reload },
    deploy: (more, again) => deploy({ ...request, ...more }, again ?? loaded, clients),
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

async function load(
  folder: string,
  inventory: Inventory,
  options: { readonly profile?: string },
): Promise<LoadedDeployment> {
  const request = {
    inventory,
    deployment,
    base: '.',
    passwordsFile: join(folder, 'passwords.yml'),
    ...options,
  }
  const { parsed } = await loadSite(request)
  await passwordInit(request.passwordsFile, neededSecrets(parsed), { check: false })
  return loadDeployment(request)
}

/** A host whose shell is the real one; /etc/kmesos and /var/lib/kmesos lie in a folder of the test. */
export function shellHost(name: string, folder: string): FakeHost {
  return new FakeHost(name).on('sh', ({ stdin }) => {
    const moved = stdin
      .replaceAll('/etc/kmesos', join(folder, name, 'etc'))
      .replaceAll('/var/lib/kmesos', join(folder, name, 'lib'))
    const { status, stdout, stderr } = spawnSync('sh', ['-s'], { input: moved, encoding: 'utf8' })
    return { exitCode: status, stdout, stderr }
  })
}

/** Subjects of changes, in order. */
export function subjectsOf(result: DeployResult): readonly string[] {
  return result.changes.map((change) => `${change.action} ${change.subject}`)
}

/** Lets everything go on that needs no time. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve))
}
