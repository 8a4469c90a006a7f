import type { RuleParams } from './types.ts'

/** The words of a rule, in the order in which Ansible writes them: iptables compares rules by their meaning, not by it. */
export function ruleWords(params: RuleParams): readonly string[] {
  const jump = params.jump ?? (isLogged(params) ? 'LOG' : undefined)
  return [
    ...flag('-w', params.wait),
    ...flag('-p', params.protocol),
    ...flag('-s', params.source),
    ...flag('-d', params.destination),
    ...params.match.flatMap((name) => flag('-m', name)),
    ...tcpFlags(params),
    ...flag('-j', jump),
    ...(jump?.toLowerCase() === 'tee' ? flag('--gateway', params.gateway) : []),
    ...flag('--log-prefix', params.log_prefix),
    ...flag('--log-level', params.log_level),
    ...flag('--to-destination', params.to_destination),
    ...(params.destination_ports.length > 0
      ? ['-m', 'multiport', '--dports', params.destination_ports.join(',')]
      : []),
    ...flag('--to-source', params.to_source),
    ...flag('-g', params.goto),
    ...flag('-i', params.in_interface),
    ...flag('-o', params.out_interface),
    ...flag('-f', params.fragment),
    ...flag('-c', params.set_counters),
    ...flag('--source-port', params.source_port),
    ...flag('--destination-port', params.destination_port),
    ...flag('--to-ports', params.to_ports),
    ...flag('--set-dscp', params.set_dscp_mark),
    ...flag('--set-dscp-class', params.set_dscp_mark_class),
    ...(params.syn === 'match' ? ['--syn'] : params.syn === 'negate' ? ['!', '--syn'] : []),
    ...matchWords(params),
    ...(jump === undefined && params.reject_with !== undefined ? ['-j', 'REJECT'] : []),
    ...flag('--reject-with', params.reject_with),
    ...flag(params.ip_version === 'ipv4' ? '--icmp-type' : '--icmpv6-type', params.icmp_type),
    ...(params.comment === undefined ? [] : ['-m', 'comment', '--comment', params.comment]),
  ]
}

export function isLogged(params: RuleParams): boolean {
  return params.log_prefix !== undefined || params.log_level !== undefined
}

function flag(name: string, value: string | undefined): readonly string[] {
  if (value === undefined || value === '') return []
  return value.startsWith('!') ? ['!', name, value.slice(1).trimStart()] : [name, value]
}

function tcpFlags({ tcp_flags: given }: RuleParams): readonly string[] {
  if (given?.flags === undefined || given.flags_set === undefined) return []
  return ['--tcp-flags', given.flags.join(','), given.flags_set.join(',')]
}

/** Matches that bring their own `-m`, unless `match` names them. */
function matchWords(params: RuleParams): readonly string[] {
  const extension = (name: string, words: readonly string[]): readonly string[] =>
    words.length === 0 || params.match.includes(name) ? words : ['-m', name, ...words]
  const states = params.ctstate.join(',')
  const isState = params.match.includes('state') && !params.match.includes('conntrack')
  return [
    ...(isState ? flag('--state', states) : extension('conntrack', flag('--ctstate', states))),
    ...extension('iprange', [
      ...flag('--src-range', params.src_range),
      ...flag('--dst-range', params.dst_range),
    ]),
    ...extension('set', setWords(params)),
    ...extension('limit', [...flag('--limit', params.limit), ...flag('--limit-burst', params.limit_burst)]),
    ...extension('owner', [
      ...flag('--uid-owner', params.uid_owner),
      ...flag('--gid-owner', params.gid_owner),
    ]),
  ]
}

function setWords({ match_set: name, match_set_flags: flags }: RuleParams): readonly string[] {
  return name === undefined ? [] : [...flag('--match-set', name), ...(flags === undefined ? [] : [flags])]
}
