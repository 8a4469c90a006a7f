import { mkdir, open, readFile, statfs, writeFile } from 'node:fs/promises'
import { hostname as machineName } from 'node:os'
import { join, resolve } from 'node:path'
import { messageOf, UsageError } from '../../../src/kernel/errors.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { parseAttributes, parseResources } from '../../../src/engine/agent-options.ts'
import { dockerRuntime } from '../../../src/engine/docker-runtime.ts'
import type { ContainerRuntime } from '../../../src/engine/runtime.ts'
import { watchLeader } from './candidacy.ts'
import { mesosFlags, needed, type Flags } from './flags.ts'
import { listen, notFound, type Answer, type Call } from './http-answers.ts'
import { mesosVersion } from './master-views.ts'
import { fromMesos, shown, toMesos } from './mesos-resources.ts'
import type { SlaveInfo } from './mesos-types.ts'
import { SlaveLink } from './slave-link.ts'
import { SlaveTasks } from './slave-tasks.ts'
import { openZk, parseZkAddress } from './zk-address.ts'

const knownFlags = [
  ...[
    'master',
    'work_dir',
    'runtime_dir',
    'ip',
    'port',
    'hostname',
    'advertise_ip',
    'advertise_port',
    'attributes',
  ],
  ...['resources', 'default_role', 'containerizers', 'isolation', 'launcher', 'systemd_enable_support'],
  ...[
    'cgroups_hierarchy',
    'cgroups_enable_cfs',
    'docker',
    'docker_socket',
    'docker_config',
    'docker_remove_delay',
  ],
  ...[
    'docker_kill_orphans',
    'docker_mesos_image',
    'executor_registration_timeout',
    'switch_user',
    'recover',
    'strict',
  ],
  ...[
    'executor_shutdown_grace_period',
    'recovery_timeout',
    'reconfiguration_policy',
    'gc_delay',
    'hostname_lookup',
  ],
  ...['executor_environment_variables', 'log_dir', 'logging_level'],
]

/** A stand-in for mesos-slave: runs tasks in its host's Docker. */
export async function mesosSlave(
  argv: readonly string[],
  end: (code: number, why: string) => void,
): Promise<void> {
  const flags = mesosFlags(knownFlags, argv, process.env)
  const containerizers = (flags['containerizers'] ?? 'mesos').split(',')
  if (!containerizers.includes('docker'))
    throw new UsageError('the stand-in runs Docker containers only: --containerizers=docker,mesos')
  const workDir = needed(flags, 'work_dir')
  await mkdir(join(workDir, 'meta'), { recursive: true })
  const label = `mesos-slave:${workDir}`
  const socketPath = flags['docker_socket'] ?? '/var/run/docker.sock'
  const runtime = dockerRuntime({ socketPath, engineId: label, clock: systemClock })
  const info = await describe(flags, runtime, workDir)
  await refuseChanged(flags, info, workDir)
  const zk = parseZkAddress(needed(flags, 'master'))
  const link = new SlaveLink({ info, workDir, tasks: () => tasks, end })
  const tasks: SlaveTasks = new SlaveTasks({
    ...{ workDir, runtime, label, address: info.address },
    tell: (task) => link.tell(task),
  })
  await tasks.recover()
  await listen(info.port, flags['ip'] ?? '0.0.0.0', (call) =>
    answer(call, { flags, info, link, tasks, workDir }),
  )
  const store = await openZk(zk)
  const signal = new AbortController().signal
  watchLeader(store, { path: zk.path, pattern: /^json\.info_\d+$/, signal }, (leader) => link.follow(leader))
}

async function describe(flags: Flags, runtime: ContainerRuntime, workDir: string): Promise<SlaveInfo> {
  const engine = await runtime.info()
  const disk = await statfs(workDir)
  const mib = 1024 * 1024
  const detected = {
    ...{ cpus: engine.cpus, mem: Math.max(engine.mem / 2, engine.mem - 1024), gpus: 0 },
    disk: Math.floor((disk.bavail * disk.bsize) / mib / 2),
    ports: [{ first: 31_000, last: 32_000 }],
  }
  const address = flags['advertise_ip'] ?? flags['ip'] ?? '127.0.0.1'
  return {
    hostname: flags['hostname'] ?? machineName(),
    address,
    port: Number(flags['advertise_port'] ?? flags['port'] ?? 5051),
    attributes: parseAttributes(flags['attributes'] ?? ''),
    resources: toMesos({ ...detected, ...parseResources(flags['resources'] ?? '') }),
  }
}

/** A slave that comes back as another one loses its tasks: Mesos refuses to, unless the policy allows it. */
async function refuseChanged(flags: Flags, info: SlaveInfo, workDir: string): Promise<void> {
  const file = join(workDir, 'meta/info.json')
  const shape = { ...info, resources: info.resources.filter(({ name }) => name !== 'disk') }
  const before = await readFile(file, 'utf8').catch(() => undefined)
  const additive = flags['reconfiguration_policy'] === 'additive'
  const place = (text: string): string =>
    JSON.stringify(Object.values(JSON.parse(text) as object).slice(0, 3))
  const now = JSON.stringify(shape)
  if (before !== undefined && before !== now && !(additive && place(before) === place(now))) {
    throw new UsageError(`Incompatible agent info detected.\nOld: ${before}\nNew: ${now}`, {
      hint: `rm -f ${workDir}/meta/info.json ${workDir}/meta/id, and restart: the agent gets a new id and its tasks are lost`,
    })
  }
  await writeFile(file, now)
}

interface Slave {
  readonly flags: Flags
  readonly info: SlaveInfo
  readonly link: SlaveLink
  readonly tasks: SlaveTasks
  readonly workDir: string
}

async function answer({ path: asked, query }: Call, slave: Slave): Promise<Answer> {
  const path = asked.replace(/^\/slave\(1\)(?=\/)/, '')
  const { flags, info, link, tasks, workDir } = slave
  if (path === '/health') return { status: 200 }
  if (path === '/version') return { status: 200, json: { version: mesosVersion } }
  if (path === '/flags') return { status: 200, json: { flags } }
  if (path === '/metrics/snapshot') {
    const running = tasks.all.filter(({ status }) => status.state === 'TASK_RUNNING').length
    const registered = link.registered ? 1 : 0
    return { status: 200, json: { 'slave/registered': registered, 'slave/executors_running': running } }
  }
  if (path === '/state') {
    const { hostname, attributes } = info
    const resources = shown(fromMesos(info.resources))
    return {
      status: 200,
      json: { id: link.id, hostname, attributes, resources, flags, version: mesosVersion },
    }
  }
  if (path === '/files/read') return await readPart(workDir, query)
  return notFound
}

// Source: Mesos' agent answers at most 16 pages a read.
const longestRead = 64 * 1024

async function readPart(workDir: string, query: URLSearchParams): Promise<Answer> {
  const path = resolve(query.get('path') ?? '')
  if (!path.startsWith(`${workDir}/slaves/`)) return notFound
  const [offset, length] = [Number(query.get('offset') ?? -1), Number(query.get('length') ?? longestRead)]
  try {
    const file = await open(path)
    try {
      if (offset < 0) return { status: 200, json: { data: '', offset: (await file.stat()).size } }
      const size = Math.min(Math.max(0, length), longestRead)
      const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, offset)
      return { status: 200, json: { data: buffer.subarray(0, bytesRead).toString('utf8'), offset } }
    } finally {
      await file.close()
    }
  } catch (error) {
    return { status: 404, text: messageOf(error) }
  }
}
