import type { HostOptions } from '../lab/host-options.ts'
import type { Lab } from '../lab/lab.ts'
import { openTestLab } from '../lab/test-lab.ts'
import { openKmesosProgram, type KmesosProgram, type ProgramEnd } from './kmesos-program.ts'

export interface ClusterOptions {
  /** Of the test file; folder and lock of its lab. */
  readonly name: string
  /** The lab's network: 10.78.<number>. */
  readonly number: number
  /** control1 … run ZooKeeper, a master, Marathon and a slave. 3 unless told. */
  readonly masters?: number
  /** compute1 … run a slave. 3 unless told. */
  readonly slaves?: number
  /** Images of services on all hosts, beside those of the cluster. */
  readonly images?: readonly string[]
  /** Variables of all hosts. */
  readonly vars?: Readonly<Record<string, string>>
  readonly hostOptions?: HostOptions
}

/** Lab hosts in the shape of inventory/multinode, with the images of the cluster; nothing is bootstrapped yet. */
export interface Cluster {
  readonly lab: Lab
  readonly kmesos: KmesosProgram
  readonly controls: readonly string[]
  readonly computes: readonly string[]
  /** All of them. */
  readonly hosts: readonly string[]
  /** Words that name the inventory: `-i FILE`. */
  readonly inventory: readonly string[]
  readonly address: (host: string) => string
  /** Writes another inventory of these hosts; gives its words. */
  readonly writeInventory: (
    vars?: Readonly<Record<string, string>>,
    hosts?: readonly string[],
  ) => Promise<readonly string[]>
  /** `kmesos VERB WORDS` with the inventory. */
  readonly run: (words: readonly string[]) => Promise<ProgramEnd>
  /** Runs a line of shell on a host, without SSH; gives its output. */
  readonly sh: (host: string, line: string) => Promise<string>
  /** GET of a URL from this machine; the answer's JSON. */
  readonly json: <T>(url: string) => Promise<T>
  readonly close: () => Promise<void>
}

/** What the stand-ins and ZooKeeper run from. */
const clusterImages = ['zookeeper', 'mesos-master', 'mesos-slave', 'marathon']

export async function openCluster(options: ClusterOptions): Promise<Cluster> {
  const { name, number, masters = 3, slaves = 3, images = [], vars = {}, hostOptions = {} } = options
  const kmesos = await openKmesosProgram(name)
  const { lab, close } = await openTestLab(name, number)
  const controls = Array.from({ length: masters }, (_, index) => `control${index + 1}`)
  const computes = Array.from({ length: slaves }, (_, index) => `compute${index + 1}`)
  const hosts = [...controls, ...computes]
  const octetOf = (host: string): number =>
    (host.startsWith('control') ? 10 : 20) + Number(/\d+$/.exec(host)?.[0])
  for (const host of hosts)
    await lab.up(host, octetOf(host), { ...hostOptions, images: [...clusterImages, ...images] })
  await Promise.all(hosts.map((host) => lab.waitReady(host)))
  let files = 0
  const writeInventory: Cluster['writeInventory'] = async (more = {}, members = hosts) => {
    const way = {
      ansible_user: 'root',
      ansible_ssh_private_key_file: lab.privateKeyFile,
      image_source: 'local',
      ...vars,
      ...more,
    }
    const text = inventoryText(members, (host) => lab.address(octetOf(host)), way)
    return ['-i', await kmesos.write(`inventory-${++files}/hosts`, text)]
  }
  const inventory = await writeInventory()
  return {
    ...{ lab, kmesos, controls, computes, hosts, inventory, writeInventory },
    address: (host) => lab.address(octetOf(host)),
    run: ([verb = '', ...words]) => kmesos.run([verb, ...inventory, ...words]),
    sh: async (host, line) => (await lab.trySh(host, ['sh', '-c', line])).stdout,
    json: async <T>(url: string) => {
      const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) })
      if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`)
      return (await answer.json()) as T
    },
    close: async () => {
      await close()
      await kmesos.close()
    },
  }
}

/** As inventory/multinode: control hosts run the cluster and services, compute hosts services alone. */
function inventoryText(
  hosts: readonly string[],
  addressOf: (host: string) => string,
  vars: Readonly<Record<string, string>>,
): string {
  const lines = hosts.map((host) => `${host} ansible_host=${addressOf(host)}`)
  const shared = Object.entries(vars).map(([key, value]) => `${key}=${value}`)
  const within = (prefix: string): readonly string[] => hosts.filter((host) => host.startsWith(prefix))
  const parents: Readonly<Record<string, readonly string[]>> = {
    zookeeper: ['control'],
    'mesos-master': ['control'],
    marathon: ['control'],
    'mesos-slave': ['control', 'compute'],
    controller: ['control'],
    network: ['control'],
    storage: ['compute'],
  }
  const children = Object.entries(parents).flatMap(([group, names]) => [`[${group}:children]`, ...names])
  return [
    ...lines,
    '[control]',
    ...within('control'),
    '[compute]',
    ...within('compute'),
    ...children,
    '[all:vars]',
    ...shared,
    '',
  ].join('\n')
}
