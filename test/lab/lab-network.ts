import { existsSync } from 'node:fs'
import { ConfigError } from '../../src/kernel/errors.ts'
import { run, tryRun } from './run-command.ts'
import { labNames, type LabNames } from './settings.ts'

/**
 * The lab's network: a bridge in a network namespace of its own, and one veth pair from it to the machine. In the root
 * namespace the bridge's packets would meet the machine's firewall (br_netfilter and a dockerd's FORWARD DROP); in its
 * own namespace they do not, and nothing of the machine is changed but one link.
 */
export async function netUp(network: string): Promise<void> {
  const names = labNames(network)
  if (await isUp(names)) return
  await refuseTaken(network, names)
  await netDown(network)
  const inSpace = (...words: string[]): Promise<unknown> =>
    run(['ip', '-n', names.switchSpace, ...words], { what: 'lab network' })
  await run(['ip', 'netns', 'add', names.switchSpace], { what: 'lab network' })
  await inSpace('link', 'set', 'lo', 'up')
  await inSpace('link', 'add', names.bridge, 'type', 'bridge')
  await inSpace('link', 'set', names.bridge, 'up')
  const bridgeFilter = ['sysctl', '-qw', 'net.bridge.bridge-nf-call-iptables=0']
  await tryRun(['ip', 'netns', 'exec', names.switchSpace, ...bridgeFilter])
  const pair = ['type', 'veth', 'peer', 'name', 'up0', 'netns', names.switchSpace]
  await run(['ip', 'link', 'add', names.uplink, ...pair], { what: 'lab network' })
  await inSpace('link', 'set', 'up0', 'master', names.bridge, 'up')
  await run(['ip', 'link', 'set', names.uplink, 'up'], { what: 'lab network' })
  // Last, for isUp asks for it: a network left half made by a killed run is made anew.
  await run(['ip', 'address', 'add', `${names.gateway}/24`, 'dev', names.uplink], { what: 'lab network' })
}

export async function netDown(network: string): Promise<void> {
  const names = labNames(network)
  await tryRun(['ip', 'link', 'delete', names.uplink])
  if (existsSync(`/run/netns/${names.switchSpace}`)) {
    await run(['ip', 'netns', 'delete', names.switchSpace], { what: 'remove the lab network' })
  }
}

/** Plugs a host's cable in: `eth0` in the network namespace of the process, the other end at the bridge. */
export async function plugIn(network: string, octet: number, pid: number): Promise<void> {
  const names = labNames(network)
  const cable = cableName(names, octet)
  // A host's links outlive it by some milliseconds: the kernel takes a namespace down later.
  await tryRun(['ip', '-n', names.switchSpace, 'link', 'delete', cable])
  const peer = ['peer', 'name', 'eth0', 'address', macAddress(network, octet), 'netns', String(pid)]
  await run(['ip', 'link', 'add', cable, 'netns', names.switchSpace, 'type', 'veth', ...peer], {
    what: 'plug in the cable',
  })
  await run(['ip', '-n', names.switchSpace, 'link', 'set', cable, 'master', names.bridge, 'up'], {
    what: 'plug in the cable',
  })
}

export async function setCable(network: string, octet: number, state: 'up' | 'down'): Promise<void> {
  const names = labNames(network)
  const cable = cableName(names, octet)
  await run(['ip', '-n', names.switchSpace, 'link', 'set', cable, state], { what: `set the cable ${state}` })
}

export async function unplug(network: string, octet: number): Promise<void> {
  const names = labNames(network)
  await tryRun(['ip', '-n', names.switchSpace, 'link', 'delete', cableName(names, octet)])
}

/** The same at each boot: with a new one, others would send to the old one (ARP) for 9 s and longer. */
function macAddress(network: string, octet: number): string {
  const numbers = [2, 75, ...network.split('.').map(Number), octet]
  return numbers.map((number) => number.toString(16).padStart(2, '0')).join(':')
}

function cableName(names: LabNames, octet: number): string {
  return `${names.uplink}v${octet}`
}

async function isUp(names: LabNames): Promise<boolean> {
  if (!existsSync(`/run/netns/${names.switchSpace}`)) return false
  const { stdout } = await tryRun(['ip', '-4', '-o', 'address', 'show', 'dev', names.uplink])
  return stdout.includes(`${names.gateway}/`)
}

async function refuseTaken(network: string, names: LabNames): Promise<void> {
  const { stdout } = await run(['ip', '-4', '-o', 'address'])
  const taken = stdout
    .split('\n')
    .find((line) => line.includes(` ${network}.`) && !line.includes(` ${names.uplink} `))
  if (taken === undefined) return
  throw new ConfigError(`the lab's network ${network}.0/24 is in use on this machine: ${taken.trim()}`, [], {
    hint: 'choose another one with --network or KMESOS_LAB_NET, for example 10.77.11',
  })
}
