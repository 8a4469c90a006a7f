/** Ansible's parameters of one rule; each is one flag of iptables, `!` before its value negates it. */
export interface RuleParams {
  readonly table: string
  readonly chain?: string
  readonly ip_version: 'ipv4' | 'ipv6'
  readonly wait?: string
  readonly protocol?: string
  readonly source?: string
  readonly destination?: string
  readonly match: readonly string[]
  readonly tcp_flags?: { readonly flags?: readonly string[]; readonly flags_set?: readonly string[] }
  readonly jump?: string
  readonly gateway?: string
  readonly log_prefix?: string
  readonly log_level?: string
  readonly to_destination?: string
  readonly destination_ports: readonly string[]
  readonly to_source?: string
  readonly goto?: string
  readonly in_interface?: string
  readonly out_interface?: string
  readonly fragment?: string
  readonly set_counters?: string
  readonly source_port?: string
  readonly destination_port?: string
  readonly to_ports?: string
  readonly set_dscp_mark?: string
  readonly set_dscp_mark_class?: string
  readonly syn: 'ignore' | 'match' | 'negate'
  readonly ctstate: readonly string[]
  readonly src_range?: string
  readonly dst_range?: string
  readonly match_set?: string
  readonly match_set_flags?: string
  readonly limit?: string
  readonly limit_burst?: string
  readonly uid_owner?: string
  readonly gid_owner?: string
  readonly reject_with?: string
  readonly icmp_type?: string
  readonly comment?: string
}

export interface IptablesParams extends RuleParams {
  readonly state: 'present' | 'absent'
  readonly action: 'append' | 'insert'
  readonly rule_num?: string
  readonly flush: boolean
  readonly policy?: string
  readonly chain_management: boolean
}

export interface IptablesObserved {
  /** What kept the host from answering: no iptables, no rights, a rule that it cannot read. */
  readonly fault?: string
  readonly rule: boolean
  readonly chain: boolean
  readonly policy: string | null
  /** With `flush`: the chain, or the table, holds a rule. */
  readonly rules: boolean
}
