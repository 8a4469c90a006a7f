/**
 * What Ansible takes for a host with a port: its parse_address, expression by expression, with the same gaps (an IPv6
 * address that only begins like one counts). Everything else is a name as it stands.
 */
const numbers = String.raw`\[[0-9]+:[0-9]+(?::[0-9]+)?\]`
const hexNumbers = String.raw`\[[0-9a-f]+:[0-9a-f]+(?::[0-9]+)?\]`
const letters = String.raw`\[(?:[a-z]:[a-z]|[0-9]+:[0-9]+)(?::[0-9]+)?\]`

const v4 = `(?:[01]?[0-9]{1,2}|2[0-4][0-9]|25[0-5]|${numbers})`
const v6 = `(?:[0-9a-f]{1,4}|${hexNumbers})`
const label = String.raw`(?:[\p{L}\p{N}_]|${letters})(?:[\p{L}\p{N}_-]|${letters})*(?<![_-])`

const bracketed = /^\[(.+)\]:([0-9]+)$/
const withPort = /^((?:[^:[\]]|\[[^\]]*\])*):([0-9]+)$/

const hosts: readonly RegExp[] = [
  new RegExp(String.raw`^(?:${v4}\.){3}${v4}$`, 'i'),
  new RegExp(
    [
      `^(?:${v6}:){7}${v6}`,
      `^(?:${v6}:){1,6}:`,
      `^(?:${v6}:)(?::${v6}){1,6}`,
      `^(?:${v6}:){2}(?::${v6}){1,5}`,
      `^(?:${v6}:){3}(?::${v6}){1,4}`,
      `^(?:${v6}:){4}(?::${v6}){1,3}`,
      `^(?:${v6}:){5}(?::${v6}){1,2}`,
      `^(?:${v6}:){6}(?::${v6})`,
      `^:(?::${v6}){1,6}`,
      `^${v6}?::`,
      String.raw`^(?:0:){6}(?:${v6}\.){3}${v6}`,
      String.raw`^::(?:ffff:)?(?:${v6}\.){3}${v6}`,
      String.raw`^(?:0:){5}ffff:(?:${v6}\.){3}${v6}$`,
    ].join('|'),
    'i',
  ),
  new RegExp(String.raw`^${label}(?:\.${label})*$`, 'iu'),
]

/** DNS ends at 253; longer ones only cost time. */
export const longestName = 1_000

export interface HostAddress {
  readonly host: string
  readonly port?: number
}

/** Parts `host:port`; ranges may stand in the host. Undefined: not a host that Ansible knows. */
export function parseHostAddress(text: string): HostAddress | undefined {
  if (text.length > longestName) return undefined
  let host = text
  let port: number | undefined
  for (const pattern of [bracketed, withPort]) {
    const found = pattern.exec(host)
    if (!found) continue
    host = found[1] ?? ''
    port = Number(found[2])
  }
  if (host === '' || !hosts.some((pattern) => pattern.test(host))) return undefined
  return port === undefined ? { host } : { host, port }
}
