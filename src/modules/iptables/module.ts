import { quoteArgv } from '../../kernel/shell.ts'
import type { Action, TaskPlan } from '../../plan/types.ts'
import { noChange, refused } from '../no-change.ts'
import { textIn } from '../observation.ts'
import { defineModule } from '../types.ts'
import { isLogged, ruleWords } from './rule-words.ts'
import { iptablesSchema } from './schema.ts'
import type { IptablesObserved, IptablesParams } from './types.ts'

/** What rules are looked at and changed under: `iptables` of one host is one thing. */
const key = 'iptables:'

export const iptablesModule = defineModule<IptablesParams, IptablesObserved>({
  name: 'iptables',
  summary: 'makes a rule be in, or not be in, a chain of the packet filter',
  schema: iptablesSchema,
  questions: (params) => ({ rules: { ask: 'sh', script: lookScript(params), reads: [key] } }),
  observe: (answers) => observe(textIn(answers['rules']).text),
  plan: (params, observed) => refusedParams(params) ?? refusedHost(observed) ?? planRule(params, observed),
})

function words(params: IptablesParams, ...rest: readonly string[]): readonly string[] {
  return [params.ip_version === 'ipv6' ? 'ip6tables' : 'iptables', '-t', params.table, ...rest]
}

function chainOf(params: IptablesParams): readonly string[] {
  return params.chain === undefined ? [] : [params.chain]
}

/**
 * Lines `rule`, `chain`, `policy NAME`, `rules` for what is there. Exit code 1 of `-C` says that there is no such rule (or
 * chain, or set), 2 that it cannot be read, 3 and 4 that the kernel or the rights are missing.
 */
function lookScript(params: IptablesParams): string {
  const chain = params.chain ?? ''
  const rule = ruleWords(params)
  return [
    `km_l=$(${quoteArgv(words(params, '-S', ...chainOf(params)))} 2>&1); km_c=$?`,
    `case $km_c in 0) ${chain === '' ? ':' : 'echo chain'} ;; 1) ;; *) echo "fault $km_l" | head -n 1; exit 0 ;; esac`,
    `[ "$km_c" != 0 ] || printf '%s\\n' "$km_l" | sed -n 's/^-P [^ ]* /policy /p; /^-A /{ s/.*/rules/p; }' | sort -u`,
    ...(rule.length === 0 || chain === ''
      ? []
      : [
          `km_l=$(${quoteArgv(words(params, '-C', chain, ...rule))} 2>&1); km_c=$?`,
          `case $km_c in 0) echo rule ;; 1) ;; *) ${params.state === 'absent' ? ':' : faultOfRule} ;; esac`,
        ]),
    ':',
  ].join('\n')
}

/** A chain that the rule is for or leads to, and that is to come, is no fault: adding the rule tells. */
const faultOfRule = `case $km_l in *"does not exist"*) ;; *) echo "fault $km_l" | head -n 1 ;; esac`

function observe(text: string): IptablesObserved {
  const lines = text.trim().split('\n')
  const after = (word: string): string | undefined =>
    lines.find((line) => line.startsWith(`${word} `))?.slice(word.length + 1)
  const fault = after('fault')
  return {
    ...(fault === undefined ? {} : { fault }),
    rule: lines.includes('rule'),
    chain: lines.includes('chain'),
    policy: after('policy') ?? null,
    rules: lines.includes('rules'),
  }
}

function refusedParams(params: IptablesParams): TaskPlan | undefined {
  if (params.chain === undefined && !params.flush)
    return refused('iptables needs a chain', 'name it with chain:, or set flush: true for the whole table')
  if (params.jump?.toLowerCase() === 'tee' && params.gateway === undefined)
    return refused('jump: TEE needs gateway')
  if (isLogged(params) && params.jump !== undefined && params.jump !== 'LOG')
    return refused(`log_prefix and log_level are for jump: LOG, not ${params.jump}`)
  return undefined
}

function refusedHost({ fault }: IptablesObserved): TaskPlan | undefined {
  if (fault === undefined) return undefined
  const hint = /not found/.test(fault)
    ? 'install the package iptables'
    : /permission denied|must be root/i.test(fault)
      ? 'run the task with `become: true`'
      : undefined
  return refused(`iptables cannot tell: ${fault}`, hint)
}

function planRule(params: IptablesParams, observed: IptablesObserved): TaskPlan {
  if (params.flush) return planFlush(params, observed)
  if (params.policy !== undefined) return planPolicy(params, observed, params.policy)
  const chain = params.chain ?? ''
  const rule = ruleWords(params)
  const about = { chain, table: params.table, rule: rule.join(' ') }
  if (rule.length === 0 && params.state === 'absent') return planRemoval(params, observed)
  const wanted = params.state === 'present'
  if (observed.rule === wanted) return noChange(`the rule is ${wanted ? 'there' : 'absent'}`, about)
  const place = params.action === 'insert' && params.rule_num !== undefined ? [params.rule_num] : []
  const flag = !wanted ? '-D' : params.action === 'insert' ? '-I' : '-A'
  const makes = wanted && !observed.chain && params.chain_management
  return changed(
    `${wanted ? `add a rule to ${chain}` : `remove a rule of ${chain}`}: ${rule.join(' ')}`,
    [
      ...(makes ? [run(words(params, '-N', chain))] : []),
      run(words(params, flag, chain, ...(wanted ? place : []), ...rule)),
    ],
    about,
  )
}

/** Ansible flushes each time; where there is no rule there is nothing to remove. */
function planFlush(params: IptablesParams, observed: IptablesObserved): TaskPlan {
  const what = params.chain ?? `the table ${params.table}`
  if (!observed.rules) return noChange(`${what} has no rule`, { flush: true })
  return changed(`flush ${what}`, [run(words(params, '-F', ...chainOf(params)))], { flush: true })
}

function planPolicy(params: IptablesParams, observed: IptablesObserved, policy: string): TaskPlan {
  const chain = params.chain ?? ''
  if (observed.policy === null)
    return refused(`${chain} has no policy`, 'only built-in chains (INPUT, FORWARD, OUTPUT) have one')
  if (observed.policy === policy) return noChange(`the policy of ${chain} is ${policy}`, { chain })
  const message = `policy of ${chain}: ${observed.policy} -> ${policy}`
  return changed(message, [run(words(params, '-P', chain, policy))], { chain })
}

function planRemoval(params: IptablesParams, observed: IptablesObserved): TaskPlan {
  const chain = params.chain ?? ''
  if (!observed.chain) return noChange(`the chain ${chain} is absent`, { chain })
  if (!params.chain_management)
    return refused(`no rule of ${chain} is named`, 'set chain_management: true to remove the chain itself')
  return changed(`remove the chain ${chain}`, [run(words(params, '-X', chain))], { chain })
}

function run(argv: readonly string[]): Action {
  return { do: 'run', argv }
}

function changed(
  message: string,
  actions: readonly Action[],
  result: Readonly<Record<string, unknown>>,
): TaskPlan {
  return { actions, changed: true, message, touches: [key], result }
}
