import { abbreviateHosts } from './abbreviate-hosts.ts'
import type { Paint } from './paint.ts'
import { fit, padTo, printable, widthOf } from './screen-text.ts'
import type { HostRecap } from './types.ts'

const counted = ['ok', 'changed', 'skipped', 'failed', 'rescued', 'ignored'] as const

/**
 * One line a host, counts in columns, as Ansible ends a run; the worst hosts first. Of more than `limit` hosts those with
 * equal counts share a line that names them in short.
 */
export function formatRecap(
  hosts: readonly HostRecap[],
  paint: Paint,
  options: { readonly limit?: number; readonly columns?: number } = {},
): readonly string[] {
  const names = Math.max(
    fewestNameColumns,
    Math.min(mostNameColumns, (options.columns ?? 200) - countColumns),
  )
  const sorted = [...hosts].sort((a, b) => badness(b) - badness(a))
  const rows = hosts.length > (options.limit ?? 30) ? grouped(sorted, names) : sorted.map(rowOf)
  const width = Math.min(names, Math.max(0, ...rows.map((row) => widthOf(row.names))))
  // Rescue is rare: a column of zeros would only be in the way.
  const words = counted.filter((word) => word !== 'rescued' || hosts.some((host) => host.rescued > 0))
  const digits = words.map((word) => Math.max(3, ...rows.map((row) => String(row.recap[word]).length)))
  return rows.map((row) => recapLine(row, { width, words, digits, paint }))
}

/** Names of many hosts may be long; the counts stay in their columns. */
const mostNameColumns = 48
const fewestNameColumns = 18
const countColumns = 56

interface Row {
  readonly names: string
  readonly recap: HostRecap
}

/** Unreachable, failed, changed, the rest; hosts of one class stay in the order of the inventory. */
function badness(host: HostRecap): number {
  if (host.unreachable) return 3
  if (host.failed > 0) return 2
  return host.changed > 0 ? 1 : 0
}

function rowOf(recap: HostRecap): Row {
  return { names: printable(recap.host), recap }
}

function grouped(hosts: readonly HostRecap[], columns: number): readonly Row[] {
  const groups = new Map<string, HostRecap[]>()
  for (const host of hosts) {
    const key = [host.unreachable, ...counted.map((word) => host[word])].join()
    const known = groups.get(key)
    if (known) known.push(host)
    else groups.set(key, [host])
  }
  return [...groups.values()].map((members) => {
    const [recap] = members as [HostRecap]
    if (members.length === 1) return rowOf(recap)
    const count = `${members.length} hosts: `
    const names = abbreviateHosts(
      members.map((host) => printable(host.host)),
      mostRanges,
    )
    return { names: count + fit(names, columns - count.length), recap }
  })
}

const mostRanges = 6

interface RecapLayout {
  readonly width: number
  readonly words: readonly (typeof counted)[number][]
  readonly digits: readonly number[]
  readonly paint: Paint
}

function recapLine({ names, recap }: Row, { width, words, digits, paint }: RecapLayout): string {
  const counts = words.map((word, index) => `${word}=${String(recap[word]).padEnd(digits[index] ?? 3)}`)
  const text =
    `${padTo(names, width)}  ${counts.join(' ')}${recap.unreachable ? ' unreachable' : ''}`.trimEnd()
  if (recap.unreachable || recap.failed > 0) return paint.red(text)
  return recap.changed > 0 ? paint.yellow(text) : paint.green(text)
}
