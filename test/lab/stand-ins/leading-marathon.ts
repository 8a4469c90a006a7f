import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../../src/kernel/clock.ts'
import { apiServer } from '../../../src/engine/api/server.ts'
import { Engine } from '../../../src/engine/engine.ts'
import { networkProber } from '../../../src/engine/probe.ts'
import { defaultSandboxLimits } from '../../../src/engine/sandbox.ts'
import type { Agent } from '../../../src/engine/types.ts'
import { ensurePath } from './candidacy.ts'
import type { MarathonParts } from './marathon.ts'
import { nothing } from './mesos-resources.ts'
import { Scheduler } from './scheduler.ts'
import { Subscription } from './subscription.ts'
import { aclOf, openZk } from './zk-address.ts'
import { openZkJournal } from './zk-journal.ts'

export interface LeadingMarathon {
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void
  readonly frameworkId: () => string | undefined
}

/** What an instance is shown with that no known agent runs. */
const nowhere: Agent = { id: '', hostname: '', address: '', attributes: {}, resources: nothing }

/** Takes over the state, subscribes to Mesos and serves. */
export async function leadMarathon(
  parts: MarathonParts & { readonly clock: Clock },
): Promise<LeadingMarathon> {
  const { store, zk, self, clock } = parts
  const log = (line: string): void => void process.stderr.write(`${line}\n`)
  const journal = await openZkJournal(store, `${zk.path}/state/engine`, aclOf(zk))
  const scheduler: Scheduler = new Scheduler({
    call: (body) => subscription.call(body),
    world: () => engine.context.world,
    poke: () => engine.context.poke(),
    log,
  })
  const sandboxes = { directory: join(tmpdir(), 'marathon-sandboxes'), ...defaultSandboxLimits }
  const engine: Engine = new Engine({
    ...{ agent: nowhere, agents: () => scheduler.agents, runtime: scheduler.runtime(), sandboxes },
    ...{ prober: networkProber, journal, clock, log },
  })
  const subscription = await subscribe(parts, scheduler)
  const server = apiServer(engine, { version: 'lab', leader: self })
  await server.ready()
  await engine.start()
  subscription.begin(await openZk(parts.mesos), parts.mesos)
  return {
    answer: (request, response) => server.routing(request, response),
    frameworkId: () => subscription.frameworkId,
  }
}

async function subscribe(
  { flags, store, zk, end }: MarathonParts,
  scheduler: Scheduler,
): Promise<Subscription> {
  const path = `${zk.path}/state/framework-id`
  await ensurePath(store, path, aclOf(zk))
  const known = (await store.read(path))?.data
  return new Subscription({
    framework: {
      name: flags['framework_name'] ?? 'marathon',
      user: flags['mesos_user'] ?? 'root',
      failover_timeout: Number(flags['failover_timeout'] ?? 604_800),
      checkpoint: true,
      hostname: flags['hostname'] ?? '',
      roles: [flags['mesos_role'] ?? '*'],
      ...(known === undefined || known === '' ? {} : { id: { value: known } }),
    },
    hear: (event) => scheduler.hear(event),
    disconnected: () => scheduler.disconnected(),
    keepId: (id) => store.set(path, id),
    end,
  })
}
