import type { Paint } from './paint.ts'
import type { HostRecap } from './types.ts'

const counted = ['ok', 'changed', 'skipped', 'failed', 'ignored'] as const

/**
 * One line a host, counts in columns, as Ansible ends a run. Of more than `limit` hosts only those are listed where
 * something changed or went wrong; one last line counts the rest.
 */
export function formatRecap(
  hosts: readonly HostRecap[],
  paint: Paint,
  options: { readonly limit?: number } = {},
): readonly string[] {
  const listed = hosts.length <= (options.limit ?? 50) ? hosts : hosts.filter(isNotable)
  const width = Math.max(0, ...listed.map((host) => host.host.length))
  const lines = listed.map((host) => recapLine(host, width, paint))
  const rest = hosts.length - listed.length
  return rest === 0 ? lines : [...lines, `and ${rest} more, all ok and unchanged`]
}

function isNotable(host: HostRecap): boolean {
  return host.unreachable || host.changed > 0 || host.failed > 0
}

function recapLine(host: HostRecap, width: number, paint: Paint): string {
  const name = host.host.padEnd(width)
  const counts = counted.map((word) => `${word}=${String(host[word]).padEnd(3)}`).join(' ')
  const text = `${name}  ${counts}${host.unreachable ? ' unreachable' : ''}`.trimEnd()
  if (host.unreachable || host.failed > 0) return paint.red(text)
  return host.changed > 0 ? paint.yellow(text) : paint.green(text)
}
