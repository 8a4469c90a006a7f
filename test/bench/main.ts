import { ensurePackages, testPackages } from '../setup/packages.ts'

/**
 * `npm run bench [-- NAME…] [-- --output json]`: side by side in one run, as ratios where there is something to compare
 * with. With --output json the last line is one JSON object; what is told on the way goes to standard error.
 */
interface Bench {
  readonly about: string
  readonly run: () => Promise<readonly Figure[]>
}

interface Figure {
  readonly key: string
  readonly value: number
  readonly unit: string
  /** The most that it should be. */
  readonly target?: number
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

function printFigure({ key, value, unit, target }: Figure): void {
  const verdict =
    target === undefined ? '' : value <= target ? `  (target ${target}: met)` : `  (target ${target}: MISSED)`
  console.error(`  ${key.padEnd(18)} ${value.toFixed(3).padStart(10)} ${unit}${verdict}`)
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
  // The real servers that are measured: sshd, ZooKeeper.
  await ensurePackages(testPackages, { report: (line) => console.error(line) })
  const all: Figure[] = []
  for (const name of names.length > 0 ? names : Object.keys(benches)) {
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
