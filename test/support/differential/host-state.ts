import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { unifiedDiff } from '../../../src/plan/unified-diff.ts'
import type { Lab } from '../../lab/lab.ts'
import { containerState } from './container-state.ts'

/** Facts about a host by `KIND NAME`. */
export type HostFacts = ReadonlyMap<string, string>

const script = readFileSync(join(import.meta.dirname, 'host-state.sh'), 'utf8')

/** What a playbook can change on a host, as it is. */
export async function readHostState(lab: Lab, host: string, probes: readonly string[]): Promise<HostFacts> {
  const { stdout } = await lab.sh(host, ['sh', '-s', '--', ...probes], {
    input: script,
    what: `look at ${host}`,
  })
  const facts = new Map<string, string>()
  for (const line of stdout.split('\n')) {
    const [kind = '', name = '', ...rest] = line.split('\t')
    if (name === '' || (kind === 'active' && isPassing(name))) continue
    const value = rest.join(' ')
    facts.set(
      `${kind} ${withoutMoment(name)}`,
      kind === 'container' ? containerState(value) : withoutEmpty(value),
    )
  }
  return withLinkedFiles(facts)
}

/** Docker keeps "none" as null or as an empty map, depending on who asked. */
function withoutEmpty(value: string): string {
  return value.replaceAll(/(?<= )(null|\{\})(?= |$)/g, '-')
}

/** Units that come and go by themselves, with the boot, sessions, requests and timers. */
function isPassing(unit: string): boolean {
  return /^(user@|user-runtime-dir@|session-|run-user-|run-docker|ssh@|systemd-(update-utmp|update-utmp-runlevel|hostnamed|localed|timedated|tmpfiles-clean|logind)|dbus|var-lib-docker|apt-|dpkg-|e2scrub|fstrim|logrotate|man-db|motd-news)/.test(
    unit,
  )
}

/** Backup files are named by process and moment: `hosts.1234.2026-01-31@10:20:30~`. */
function withoutMoment(name: string): string {
  return name.replace(/\.\d+\.\d{4}-\d\d-\d\d@\d\d:\d\d:\d\d~$/, '.<process and moment>~')
}

/** Hard links: an inode's number says nothing, the names that share it do. */
function withLinkedFiles(facts: ReadonlyMap<string, string>): HostFacts {
  const sharing = new Map<string, string[]>()
  const inodes = [...facts].filter(([key]) => key.startsWith('inode '))
  for (const [key, inode] of inodes) sharing.set(inode, [...(sharing.get(inode) ?? []), key.slice(6)])
  const named = inodes.map(([key, inode]) => [key, (sharing.get(inode) ?? []).sort().join(' = ')] as const)
  return new Map([...facts, ...named])
}

/** What differs from `before`; a fact that went away has the value `gone`. */
export function changesSince(before: HostFacts, after: HostFacts): HostFacts {
  const changed = [...after].filter(([key, value]) => before.get(key) !== value)
  const gone = [...before.keys()].filter((key) => !after.has(key)).map((key) => [key, 'gone'] as const)
  return new Map([...changed, ...gone])
}

export interface ComparedHost {
  readonly lab: Lab
  /** Name in its lab. */
  readonly host: string
  readonly changes: HostFacts
}

/** Differences between what happened to two hosts, one line or diff each. */
export async function compareStates(
  inventoryName: string,
  ansible: ComparedHost,
  kmesos: ComparedHost,
): Promise<readonly string[]> {
  const keys = [...new Set([...ansible.changes.keys(), ...kmesos.changes.keys()])].sort()
  const found: string[] = []
  for (const key of keys) {
    const [theirs, ours] = [ansible, kmesos].map(({ changes, lab }) => withoutPlace(changes.get(key), lab))
    if (theirs === ours) continue
    const where = `${inventoryName}: ${key}`
    const contents = key.startsWith('content ')
      ? await compareContents(key.slice(8), ansible, kmesos)
      : 'other'
    if (contents === 'same') continue
    const told = `${where}: ${theirs ?? 'as before'} in Ansible, ${ours ?? 'as before'} in kmesos`
    found.push(contents === 'other' ? told : `${where}:\n${contents}`)
  }
  return found
}

/** Both labs have the same hosts in different networks. */
function withoutPlace(text: string | undefined, lab: Lab): string | undefined {
  return text?.replaceAll(`${lab.settings.network}.`, '<network>.')
}

/** `same` where only the lab's network differs, `other` where one of them is missing or is no text; else their diff. */
async function compareContents(path: string, ansible: ComparedHost, kmesos: ComparedHost): Promise<string> {
  const read = async ({ lab, host }: ComparedHost): Promise<string | undefined> => {
    const { code, stdout } = await lab.trySh(host, ['cat', '--', path])
    return code === 0 ? withoutPlace(stdout, lab) : undefined
  }
  const [theirs, ours] = [await read(ansible), await read(kmesos)]
  if (theirs === undefined || ours === undefined || theirs.includes('\0')) return 'other'
  return theirs === ours ? 'same' : unifiedDiff(theirs, ours, `${path} (- Ansible, + kmesos)`)
}
