import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { cac } from 'cac'
import { exitCodes, KmesosError, messageOf, UsageError } from '../../src/kernel/errors.ts'
import { unknownWord } from '../../src/kernel/nearest.ts'
import { mapLimitOrThrow } from '../../src/kernel/pool.ts'
import { ensurePackages, labPackages } from '../setup/packages.ts'
import { ensureImages } from './build-images.ts'
import { cleanCache } from './clean-cache.ts'
import type { HostOptions } from './host-options.ts'
import { openLab, type Lab } from './lab.ts'
import { loadImages } from './load-images.ts'
import { ensureRootfs } from './rootfs.ts'
import { labSettings } from './settings.ts'

/** Options as cac reads them from the command line. */
interface Words {
  readonly dir?: string
  readonly network?: string
  readonly images?: string
  readonly octet?: number
  readonly plain?: boolean
  readonly docker?: HostOptions['docker']
  readonly dockerDisk?: string
  readonly cache?: boolean
}

const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** One host after the other would wait for each boot; more than this at once only share the same two cores. */
const atOnce = 4

async function open(words: Words): Promise<Lab> {
  await ensurePackages(labPackages, { report: say })
  const named = { ...(words.dir && { dir: words.dir }), ...(words.network && { network: words.network }) }
  return await openLab({ ...named, report: say })
}

async function up(hosts: readonly string[], words: Words): Promise<void> {
  if (hosts.length === 0)
    throw new UsageError('which hosts?', { hint: 'for example: npm run lab -- up h1 h2' })
  const lab = await open(words)
  const options = hostOptions(words)
  const octets = await chooseOctets(lab, hosts, words.octet)
  // The first disk alone makes what all share; the others find it there.
  await ensureRootfs(lab.settings.cacheDir, say)
  await mapLimitOrThrow(hosts, atOnce, async (host, index) => {
    const started = Date.now()
    await lab.up(host, octets[index] ?? 0, options)
    await lab.waitReady(host)
    say(
      `${host} is up at ${lab.address(octets[index] ?? 0)} (${((Date.now() - started) / 1000).toFixed(1)} s)`,
    )
  })
  say(
    `npm run lab -- ssh ${hosts[0]}    or    ssh -i ${lab.privateKeyFile} root@${lab.address(octets[0] ?? 0)}`,
  )
}

function hostOptions(words: Words): HostOptions {
  return {
    init: words.plain === true ? 'plain' : 'systemd',
    images: words.images === undefined ? [] : words.images.split(','),
    docker: words.docker ?? 'running',
    ...(words.dockerDisk !== undefined && { dockerDisk: words.dockerDisk }),
  }
}

/** A known host keeps its own; a new one gets the asked one, or the next that is free from 11 on. */
async function chooseOctets(lab: Lab, hosts: readonly string[], first = 11): Promise<readonly number[]> {
  const known = await lab.list()
  const taken = new Set(known.map((host) => host.octet))
  return hosts.map((name) => {
    const own = known.find((host) => host.name === name)
    if (own) return own.octet
    let octet = first
    while (taken.has(octet)) octet++
    taken.add(octet)
    return octet
  })
}

async function each(
  hosts: readonly string[],
  words: Words,
  work: (lab: Lab, host: string) => Promise<void>,
): Promise<void> {
  const lab = await open(words)
  const names = hosts.length > 0 ? hosts : (await lab.list()).map((host) => host.name)
  await mapLimitOrThrow(names, atOnce, (host) => work(lab, host))
}

async function status(words: Words): Promise<void> {
  const lab = await open(words)
  const hosts = await lab.list()
  say(
    `lab in ${lab.settings.dir}, network ${lab.settings.network}.0/24, ${hosts.length === 0 ? 'no hosts' : 'hosts:'}`,
  )
  for (const host of hosts) {
    say(
      `${host.name.padEnd(16)} ${host.address.padEnd(15)} ${host.state.padEnd(8)} ${host.images.join(',')}`.trimEnd(),
    )
  }
}

async function ssh(host: string, command: readonly string[], words: Words): Promise<void> {
  const lab = await open(words)
  const found = (await lab.list()).find(({ name }) => name === host)
  if (!found) throw new UsageError(`no lab host ${host}`, { hint: 'npm run lab -- status' })
  const known = join(lab.settings.dir, 'hosts', host, 'known_hosts')
  const settings = [
    '-o',
    `UserKnownHostsFile=${known}`,
    '-o',
    'StrictHostKeyChecking=accept-new',
    '-o',
    'LogLevel=ERROR',
  ]
  const child = spawn('ssh', ['-i', lab.privateKeyFile, ...settings, `root@${found.address}`, ...command], {
    stdio: 'inherit',
  })
  process.exitCode = await new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 1)))
}

async function images(names: readonly string[], words: Words): Promise<void> {
  await ensurePackages(labPackages, { report: say })
  const { cacheDir } = labSettings(words)
  const built = await ensureImages({ cacheDir, report: say, ...(names.length > 0 && { names }) })
  for (const [name, image] of Object.entries(built)) {
    say(
      `kmesos/${name}:local`.padEnd(30) +
        ` ${image.id.slice(7, 19)} ${String(Math.round(image.bytes / 1e6)).padStart(5)} MB`,
    )
  }
}

async function clean(words: Words): Promise<void> {
  const lab = await open(words)
  await lab.clean()
  if (words.cache === true) await cleanCache(lab.settings.cacheDir)
  say(
    `removed the lab in ${lab.settings.dir}${words.cache === true ? ', root file systems and images too' : ''}`,
  )
}

function declare(): ReturnType<typeof cac> {
  const cli = cac('npm run lab --')
  cli.option('--dir <folder>', 'Folder of the lab (KMESOS_LAB_DIR; /var/lib/kmesos-lab)')
  cli.option('--network <10.X.Y>', 'Its network (KMESOS_LAB_NET; 10.77.10)')
  for (const verb of ['up', 'boot']) {
    const about =
      verb === 'up' ? 'Make and boot hosts, and wait until they are ready' : 'As up, for hosts that are off'
    cli
      .command(`${verb} [...hosts]`, about)
      .option('--images <names>', 'Images that a new host has from the start: zookeeper,mariadb')
      .option('--octet <number>', 'Last number of the first new host')
      .option('--plain', 'sshd and dockerd without systemd')
      .option('--docker <state>', 'running, masked or absent')
      .option('--docker-disk <size>', 'A small disk for Docker: 64m')
      .action(up)
  }
  const verbs: readonly [string, string, (lab: Lab, host: string) => Promise<void>][] = [
    ['down', 'Shut down in order (all hosts unless named); disks stay', (lab, host) => lab.down(host)],
    ['kill', 'Power off', (lab, host) => lab.kill(host)],
    ['rm', 'Power off and remove with the disk', (lab, host) => lab.remove(host)],
    ['cut', 'Pull the network cable', (lab, host) => lab.cut(host)],
    ['join', 'Plug it in again', (lab, host) => lab.join(host)],
    ['freeze', 'Hang: sockets stay open, nothing answers', (lab, host) => lab.freeze(host)],
    ['thaw', 'Go on', (lab, host) => lab.thaw(host)],
  ]
  for (const [verb, about, work] of verbs) {
    cli
      .command(`${verb} [...hosts]`, about)
      .action((hosts: string[], words: Words) => each(hosts, words, work))
  }
  cli.command('status', 'Show the hosts').action(status)
  cli.command('ssh <host> [...command]', 'A root shell, or one command').action(ssh)
  cli.command('images [...names]', 'Build images from packages (all unless named)').action(images)
  cli
    .command('load <host> <...names>', 'Put images into a running host')
    .action(async (host: string, names: string[], words: Words) => loadImages(await open(words), host, names))
  cli
    .command('rootfs', "Make the hosts' root file system")
    .action(async (words: Words) => say(await ensureRootfs((await open(words)).settings.cacheDir, say)))
  cli
    .command('clean', 'Remove hosts, network and folder of the lab')
    .option('--cache', 'Root file systems and images too')
    .action(clean)
  cli.example('npm run lab -- up h1 h2 h3 --images zookeeper')
  cli.example('npm run lab -- ssh h1 docker ps')
  cli.example('npm run lab -- kill h2 && npm run lab -- boot h2')
  cli.example('npm run lab -- clean')
  cli.help()
  return cli
}

async function main(): Promise<void> {
  const cli = declare()
  try {
    cli.parse(process.argv, { run: false })
    if (cli.matchedCommand) await cli.runMatchedCommand()
    else if (cli.options['help'] !== true)
      refuseVerb(
        cli.args[0],
        cli.commands.map((command) => command.name),
      )
  } catch (error) {
    // cac throws errors of its own for missing words and unknown options.
    const known = error instanceof KmesosError
    const usage = !known && error instanceof Error && error.name === 'CACError'
    process.stderr.write(`${usage || known ? messageOf(error) : (error as Error).stack}\n`)
    if (known && error.detail !== undefined) process.stderr.write(`${error.detail.replace(/^/gm, '  ')}\n`)
    if (known && error.hint !== undefined) process.stderr.write(`hint: ${error.hint}\n`)
    process.exitCode = known ? error.exitCode : usage ? exitCodes.usage : exitCodes.internal
  }
}

function refuseVerb(verb: string | undefined, known: readonly string[]): never {
  const hint = 'npm run lab -- --help'
  if (verb === undefined) throw new UsageError('what shall the lab do?', { hint })
  throw new UsageError(unknownWord('verb', verb, known), { hint })
}

await main()
