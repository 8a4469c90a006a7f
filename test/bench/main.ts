import { ensurePackages, testPackages } from '../setup/packages.ts'

/**
 * `npm run bench [-- NAME…] [-- --output json]`: side by side in one run, as ratios where there is something to compare
 * with. With --output json the last line is one JSON object; what is told on the way goes to standard error.
 */
interface Bench {
  readonly about: string
  /** Debian packages beside those of the tests. */
  readonly packages?: readonly string[]
  readonly run: () => Promise<readonly Figure[]>
}

interface Figure {
  readonly key: string
  readonly value: number
  readonly unit: string
  /** The most that it should be. */
  readonly target?: number
  /** The least that it should be. */
  readonly atLeast?: number
}

const benches: Readonly<Record<string, Bench>> = {
  noop: {
    about: 'a no-op play of 12 tasks on 20 and on 100 sshd addresses, whole processes',
    run: async () => {
      const { benchNoop } = await import('./noop.ts')
      const [small, large] = [await benchNoop(20, 7), await benchNoop(100, 5)]
      return [
        { key: 'noop_ratio_ssh', value: small.ratioSsh, unit: 'x of xargs -P20 ssh', target: 0.6 },
        { key: 'noop_ratio_floor', value: small.ratioFloor, unit: 'x of a bare ssh2 script', target: 1.8 },
        { key: 'noop_s', value: small.kmesosS, unit: 's on 20' },
        { key: 'noop_ssh_s', value: small.sshS, unit: 's on 20 (xargs -P20 ssh HOST true)' },
        { key: 'noop_floor_s', value: small.floorS, unit: 's on 20 (bare ssh2)' },
        { key: 'noop_ratio_ssh_100', value: large.ratioSsh, unit: 'x of xargs -P100 ssh', target: 0.5 },
        {
          key: 'noop_ratio_floor_100',
          value: large.ratioFloor,
          unit: 'x of a bare ssh2 script',
          target: 1.5,
        },
        { key: 'noop_s_100', value: large.kmesosS, unit: 's on 100' },
      ]
    },
  },
  ansible: {
    about: "the same play on 20 addresses by Debian's Ansible: 20 forks, pipelining",
    packages: ['ansible'],
    run: async () => {
      const { benchAnsible } = await import('./ansible.ts')
      const figures = await benchAnsible(20, 2)
      return [
        {
          key: 'ansible_over_kmesos_20',
          value: figures.ratio,
          unit: 'times the time of kmesos',
          atLeast: 60,
        },
        { key: 'ansible_s_20', value: figures.ansibleS, unit: 's (Ansible)' },
        { key: 'ansible_kmesos_s_20', value: figures.kmesosS, unit: 's (kmesos)' },
      ]
    },
  },
  hosts1000: {
    about: 'ping and no-op play on 1,000 addresses of one sshd, against xargs -P64 ssh',
    run: async () => {
      const { benchManyHosts } = await import('./many-hosts.ts')
      const figures = await benchManyHosts(1000)
      return [
        { key: 'hosts1000_ratio_ssh', value: figures.ratioSsh, unit: 'x of xargs -P64 ssh', target: 0.5 },
        { key: 'hosts1000_rss_mb', value: figures.peakRssMb, unit: 'MB resident at most', target: 300 },
        { key: 'hosts1000_cpu_ms', value: figures.cpuMsPerHost, unit: 'ms CPU of kmesos for one host' },
        { key: 'hosts1000_connections', value: figures.peakConnections, unit: 'connections at once' },
        { key: 'hosts1000_play_s', value: figures.playS, unit: 's (no-op play)' },
        { key: 'hosts1000_ping_s', value: figures.pingS, unit: 's (ping)' },
        { key: 'hosts1000_ssh_s', value: figures.sshS, unit: 's (xargs -P64 ssh HOST true)' },
      ]
    },
  },
  plan10k: {
    about: '10,000 hosts in 100 groups, 200 variables each: read and planned',
    run: async () => {
      const { benchPlan } = await import('./plan.ts')
      const figures = await benchPlan()
      return [
        { key: 'plan10k_s', value: figures.plan10kS, unit: 's, the whole process', target: 2 },
        { key: 'plan10k_rss_mb', value: figures.rssMb, unit: 'MB resident at most' },
        { key: 'plan10k_tasks_s', value: figures.planTasksS, unit: 's to plan 12 changes on each too' },
        { key: 'plan_task_ms', value: figures.planTaskMs, unit: 'ms CPU for one planned change' },
      ]
    },
  },
  skip: {
    about: 'CPU of a task whose condition is false: 500 hosts with 400 variables, 200 tasks',
    run: async () => {
      const { benchSkip } = await import('./skip.ts')
      const figures = await benchSkip()
      return [{ key: 'skip_ms', value: figures.skipMs, unit: 'ms CPU for a host', target: 0.05 }]
    },
  },
  gates: {
    about: 'from a registration to the start of the process that waited for it, on one real ZooKeeper',
    run: async () => {
      const { benchGates } = await import('./gates.ts')
      const figures = await benchGates()
      return [
        { key: 'gate_p50_ms', value: figures.p50Ms, unit: 'ms', target: 50 },
        { key: 'gate_p99_ms', value: figures.p99Ms, unit: 'ms', target: 250 },
        { key: 'chain13_s', value: figures.chainMs / 1000, unit: 's for a chain of 13 gates', target: 1 },
      ]
    },
  },
  start: {
    about: 'kmesos-start: what it adds before the first command, and its memory',
    run: async () => {
      const { benchStart } = await import('./start.ts')
      const figures = await benchStart()
      return [
        {
          key: 'start_ms',
          value: figures.startMs - figures.bareShellMs,
          unit: 'ms over a bare start',
          target: 150,
        },
        { key: 'start_rss_mb', value: figures.rssMb, unit: 'MB resident', target: 60 },
        { key: 'start_node_ms', value: figures.bareNodeMs, unit: 'ms for a bare node -e 0' },
      ]
    },
  },
}

function printFigure(figure: Figure): void {
  const { key, value, unit } = figure
  console.error(`  ${key.padEnd(22)} ${value.toFixed(3).padStart(10)} ${unit}${verdictOf(figure)}`)
}

function verdictOf({ value, target, atLeast }: Figure): string {
  const wanted = target ?? atLeast
  if (wanted === undefined) return ''
  const isMet = target === undefined ? value >= wanted : value <= wanted
  return `  (${target === undefined ? 'at least' : 'at most'} ${wanted}: ${isMet ? 'met' : 'MISSED'})`
}

async function main(): Promise<void> {
  const words = process.argv.slice(2)
  const json = words.includes('json') || words.includes('--output=json')
  const names = words.filter((word) => !word.startsWith('--') && word !== 'json')
  const unknown = names.filter((name) => !(name in benches))
  if (unknown.length > 0 || words.includes('--help')) {
    console.error(
      `usage: npm run bench [-- NAME...] [-- --output json]\nbenches: ${Object.keys(benches).join(', ')}`,
    )
    process.exitCode = unknown.length > 0 ? 2 : 0
    return
  }
  // The real servers that are measured: sshd, ZooKeeper; and Ansible.
  const chosen = names.length > 0 ? names : Object.keys(benches)
  const packages = [...testPackages, ...chosen.flatMap((name) => benches[name]?.packages ?? [])]
  await ensurePackages([...new Set(packages)], { report: (line) => console.error(line) })
  const all: Figure[] = []
  for (const name of chosen) {
    const bench = benches[name] as Bench
    console.error(`${name}: ${bench.about}`)
    const figures = await bench.run()
    figures.forEach(printFigure)
    all.push(...figures)
  }
  const rounded = all.map(({ key, value }) => [key, Math.round(value * 1000) / 1000] as const)
  if (json) console.log(JSON.stringify(Object.fromEntries(rounded)))
}

await main()
