import { factsScript } from '../facts/facts-script.ts'
import { parseFacts } from '../facts/parse-facts.ts'
import type { HostReport } from './types.ts'

/** One POSIX-sh program that asks a host for its facts, its listening ports and its containers. */
export const reportScript = `${factsScript}
km_section listening; cat /proc/net/tcp /proc/net/tcp6 2>/dev/null
km_section containers; docker ps --format '{{.Names}}' 2>/dev/null
:
`

/** State of a socket that listens, in /proc/net/tcp. Source: TCP_LISTEN in the kernel's tcp_states.h. */
const listenState = '0A'

/** What the program printed; `receivedAt` in milliseconds since 1970 by our clock. */
export function parseReport(
  text: string,
  host: Pick<HostReport, 'host' | 'address' | 'becomePassword'>,
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
    containers: sectionOf(text, 'containers').filter((line) => line !== ''),
    clockAheadSeconds: facts.time === 0 ? 0 : facts.time - receivedAt / 1000,
  }
}

function sectionOf(text: string, name: string): readonly string[] {
  const lines = text.split('\n')
  const start = lines.indexOf(`## ${name}`)
  if (start < 0) return []
  const end = lines.findIndex((line, index) => index > start && line.startsWith('## '))
  return lines.slice(start + 1, end < 0 ? undefined : end)
}
