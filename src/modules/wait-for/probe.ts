import { quoteWord } from '../../kernel/shell.ts'
import type { WaitParams } from './module.ts'

/**
 * A check as a shell command that succeeds when the condition holds. TCP needs bash's /dev/tcp, or nc where there is no
 * bash; one of both is on every distribution that runs Docker.
 */
export function checkScript(params: WaitParams): string {
  if (params.path !== undefined) return pathCheck(params.path, params)
  if (params.state === 'drained') return drainedCheck(params.port ?? 0)
  return portCheck(params)
}

function pathCheck(path: string, params: WaitParams): string {
  const there = `[ -e ${quoteWord(path)} ]`
  const absent = params.state === 'absent' || params.state === 'stopped'
  if (params.search_regex === undefined) return absent ? `! ${there}` : there
  return `${absent ? '! ' : ''}grep -E -q -e ${quoteWord(params.search_regex)} -- ${quoteWord(path)} 2>/dev/null`
}

/** TCP's states from ESTABLISHED to TIME_WAIT, as the kernel numbers them (01 to 06); the local port in hex. */
function drainedCheck(port: number): string {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  return `! cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -Eq '^ *[0-9]+: [0-9A-F]+:${hex} [0-9A-F]+:[0-9A-F]{4} 0[1-6] '`
}

function portCheck(params: WaitParams): string {
  const absent = params.state === 'absent' || params.state === 'stopped'
  const asks = params.send !== undefined || params.search_regex !== undefined
  const talk = asks ? askScript(params) : connectScript(params)
  return absent ? `! { ${talk}; }` : talk
}

function target(params: WaitParams): string {
  return `${params.host} ${params.port}`
}

function connectScript(params: WaitParams): string {
  const [host, port] = target(params).split(' ') as [string, string]
  const seconds = params.connect_timeout
  const bash = `timeout ${seconds} bash -c ': <>"/dev/tcp/$1/$2"' bash ${quoteWord(host)} ${quoteWord(port)}`
  const nc = `nc -z -w ${seconds} ${quoteWord(host)} ${quoteWord(port)}`
  return eitherTool(bash, nc)
}

/** Sends a text and looks for the pattern in what comes back until the other side closes. */
function askScript(params: WaitParams): string {
  const { host, port = 0, send = '', connect_timeout: seconds } = params
  const talk = talkScript({ host, port, text: send, seconds })
  return `{ ${talk}; } | grep -E -q -e ${quoteWord(params.search_regex ?? '.')}`
}

/** Shell that sends a text and prints what comes back until the other side closes. */
export function talkScript(to: {
  readonly host: string
  readonly port: number
  readonly text: string
  readonly seconds: number
}): string {
  const [host, port, text] = [quoteWord(to.host), quoteWord(String(to.port)), quoteWord(to.text)]
  const talk = 'exec 3<>"/dev/tcp/$1/$2" && printf "%s" "$3" >&3 && cat <&3'
  const bash = `timeout ${to.seconds} bash -c ${quoteWord(talk)} bash ${host} ${port} ${text}`
  const nc = `printf '%s' ${text} | nc -w ${to.seconds} ${host} ${port}`
  return eitherTool(bash, nc)
}

function eitherTool(bash: string, nc: string): string {
  return `if command -v bash >/dev/null 2>&1; then ${bash} 2>/dev/null; else ${nc} 2>/dev/null; fi`
}

/** The wait, as one remote loop: no round trip per look. */
export function waitScript(params: WaitParams, what: string): string {
  const failure = params.msg ?? `timed out after ${params.timeout} s waiting for ${what}`
  return [
    `km_end=$(( $(date +%s) + ${params.timeout} ))`,
    `${params.delay > 0 ? `sleep ${params.delay}` : ':'}`,
    `until ${checkScript(params)}; do`,
    `  [ "$(date +%s)" -lt "$km_end" ] || { printf '%s\\n' ${quoteWord(failure)} >&2; return 1; }`,
    `  sleep ${params.sleep}`,
    'done',
  ].join('\n')
}
