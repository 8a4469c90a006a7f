import { quoteWord } from '../kernel/shell.ts'
import { talkScript } from '../modules/wait-for/probe.ts'
import type { Component } from './types.ts'

/** Where a member is to be found on its own host. */
export interface MemberPlace {
  readonly component: Component
  readonly container: string
  readonly address: string
  readonly port: number
  /** Folders of the host in which its data are. */
  readonly dataDirs: readonly string[]
}

/** Names of the containers, as bootstrap/ gives them. */
export const containerNames: Readonly<Record<string, Component>> = {
  zookeeper: 'zookeeper',
  mesos_master: 'mesos-master',
  marathon: 'marathon',
}

/** A member that does not answer at once is not in sync. */
const answerSeconds = 5

/**
 * One POSIX-sh program that tells all about a member: its container, what its data folders hold, what it answers itself.
 * It asks from its own host, or from within its container where the host has neither bash nor nc.
 */
export function probeScript(place: MemberPlace): string {
  const container = quoteWord(place.container)
  const dirs = place.dataDirs.map(quoteWord).join(' ')
  return `
echo '## container'
if ! command -v docker >/dev/null 2>&1; then echo none
elif km_found=$(docker inspect --type container ${container} 2>&1); then printf '%s\\n' "$km_found"
else case $km_found in *[Nn]o\\ such*) echo none ;; *) echo away; printf '%s\\n' "$km_found" ;; esac
fi
echo '## data'
for km_dir in ${dirs === '' ? '/nonexistent' : dirs}; do
  [ -d "$km_dir" ] || continue
  [ ! -f "$km_dir/myid" ] || echo "myid $(head -n 1 "$km_dir/myid")"
  [ ! -f "$km_dir/version-2/currentEpoch" ] || echo "epoch $(head -n 1 "$km_dir/version-2/currentEpoch")"
  for km_file in "$km_dir"/version-2/log.* "$km_dir"/version-2/snapshot.[1-9a-f]* "$km_dir"/replicated_log/*; do
    [ ! -e "$km_file" ] || { echo holds; break; }
  done
done
echo '## answer'
${askOf(place)}
:
`
}

function askOf(place: MemberPlace): string {
  const { component, address, port } = place
  const text = component === 'zookeeper' ? 'srvr' : httpGet(place)
  // A ZooKeeper or Marathon with an address of its own listens there alone; else it listens on all.
  const talk = (host: string): string => talkScript({ host, port, text, seconds: answerSeconds })
  const inside = `docker exec ${quoteWord(place.container)} bash -c ${quoteWord(talk(address))} 2>/dev/null`
  return `if command -v bash >/dev/null 2>&1 || command -v nc >/dev/null 2>&1; then ${talk(address)}; else ${inside}; fi`
}

function httpGet({ component, address, port }: MemberPlace): string {
  const path = component === 'marathon' ? '/v2/leader' : '/metrics/snapshot'
  return `GET ${path} HTTP/1.0\r\nHost: ${address}:${port}\r\nConnection: close\r\n\r\n`
}
