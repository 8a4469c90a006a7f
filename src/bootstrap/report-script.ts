import { factsScript } from '../facts/facts-script.ts'
import { parseFacts } from '../facts/parse-facts.ts'
import { quoteArgv } from '../kernel/shell.ts'
import type { Facts } from '../facts/types.ts'
import type { HostQuestions, HostReport } from './types.ts'

const noQuestions: HostQuestions = { names: [], addresses: [] }

/**
 * One POSIX-sh program that asks a host for its facts, its listening ports and who holds them, its containers, the sizes of
 * packets, and what is asked of it. A host without getent or ip knows nothing of names or routes, and is not blamed for it.
 */
export function reportScript({ names, addresses }: HostQuestions = noQuestions): string {
  return `${factsScript}
km_section listening; cat /proc/net/tcp /proc/net/tcp6 2>/dev/null
km_section holders; ss -Hltnp 2>/dev/null
km_section containers; docker ps --format '{{.Names}}' 2>/dev/null
km_section images; docker images --format '{{.Repository}}:{{.Tag}} {{.Repository}}@{{.Digest}}' 2>/dev/null
km_section mtus; for km_path in /sys/class/net/*/mtu; do echo "$km_path $(cat "$km_path" 2>/dev/null)"; done
km_section names; if command -v getent >/dev/null 2>&1; then for km_name in "$(cat /proc/sys/kernel/hostname)" ${quoteArgv(names)}; do
  echo "$km_name" $(getent ahosts "$km_name" | { while read -r km_address km_rest; do echo "$km_address"; done; } | sort -u)
done; fi
km_section unroutable; if command -v ip >/dev/null 2>&1; then for km_address in ${quoteArgv(addresses)}; do
  ip route get "$km_address" >/dev/null 2>&1 || echo "$km_address"
done; fi
:
`
}

/** State of a socket that listens, in /proc/net/tcp. Source: TCP_LISTEN in the kernel's tcp_states.h. */
const listenState = '0A'

/** What the program printed; `receivedAt` in milliseconds since 1970 by our clock. */
export function parseReport(
  text: string,
  host: Pick<HostReport, 'host' | 'address' | 'rightsRefused'>,
  receivedAt: number,
): HostReport {
  const facts = parseFacts(text)
  const ports = sectionOf(text, 'listening').flatMap((line) => {
    const [, local = '', , state] = line.trim().split(/\s+/)
    return state === listenState ? [Number.parseInt(local.split(':').at(-1) ?? '', 16)] : []
  })
  return {
    ...host,
    facts,
    listening: [...new Set(ports)],
    holders: holdersOf(sectionOf(text, 'holders')),
    ...imagesIn(text, facts),
    containers: sectionOf(text, 'containers'),
    clockAheadSeconds: facts.time === 0 ? 0 : facts.time - receivedAt / 1000,
    mtus: mtusOf(sectionOf(text, 'mtus')),
    names: new Map(sectionOf(text, 'names').map((line) => wordsOf(line))),
    unroutable: sectionOf(text, 'unroutable'),
  }
}

function wordsOf(line: string): readonly [string, readonly string[]] {
  const [name = '', ...addresses] = line.split(' ')
  return [name, addresses]
}

/** `LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:(("sshd",pid=812,fd=3))`: port and who holds it, where it is shown. */
function holdersOf(lines: readonly string[]): ReadonlyMap<number, string> {
  return new Map(
    lines.flatMap((line): [number, string][] => {
      const found = /^\S+\s+\d+\s+\d+\s+\S*:(\d+)\s.*users:\(\("([^"]+)",pid=(\d+)/.exec(line)
      return found ? [[Number(found[1]), `the process ${found[2]} (pid ${found[3]})`]] : []
    }),
  )
}

/** Where there is no Docker there are no images; where it does not answer, nobody knows. */
function imagesIn(text: string, { docker }: Facts): Pick<HostReport, 'images'> {
  if (docker.installed && !docker.running) return {}
  return { images: new Set(sectionOf(text, 'images').flatMap((line) => line.split(' '))) }
}

function mtusOf(lines: readonly string[]): ReadonlyMap<string, number> {
  return new Map(
    lines.flatMap((line): [string, number][] => {
      const [path = '', size = ''] = line.split(' ')
      return /^\d+$/.test(size) ? [[path.split('/').at(-2) ?? '', Number(size)]] : []
    }),
  )
}

function sectionOf(text: string, name: string): readonly string[] {
  const lines = text.split('\n')
  const start = lines.indexOf(`## ${name}`)
  if (start < 0) return []
  const end = lines.findIndex((line, index) => index > start && line.startsWith('## '))
  return lines.slice(start + 1, end < 0 ? undefined : end).filter((line) => line !== '')
}
