import { quoteArgv, quoteWord } from '../../kernel/shell.ts'
import { curlScript, type HttpRequest } from '../http-request.ts'

const curlOptions = ['include', 'write-out = "\\nkmesos %{http_code} %{num_redirects} %{url_effective}\\n"']

/** Prints head, body and the closing line (answer.ts). */
export function askScript(request: HttpRequest): string {
  const options = [...curlOptions, ...(request.method === 'HEAD' ? ['head'] : [])]
  const { method, ...rest } = request
  // For HEAD and GET curl is not told the method, so that it knows when to expect a body.
  const curl = curlScript(
    method === 'HEAD' || (method === 'GET' && rest.body === undefined) ? rest : request,
    options,
  )
  return [
    'if command -v curl >/dev/null 2>&1; then',
    `{ ${curl}\n} 2>&1`,
    `else ${withoutCurl(request)}; fi`,
  ].join('\n')
}

/** A plain GET by bash, where the host has no curl. */
function withoutCurl(request: HttpRequest): string {
  const simple =
    request.url.startsWith('http://') &&
    request.method === 'GET' &&
    request.url_username === undefined &&
    request.unix_socket === undefined &&
    Object.keys(request.headers ?? {}).length === 0
  if (!simple) return 'echo "the host has no curl, which this request needs"'
  const { host, port, path } = partsOf(request.url)
  const talk = `exec 3<>"/dev/tcp/$1/$2" && printf 'GET %s HTTP/1.0\\r\\nHost: %s\\r\\nConnection: close\\r\\n\\r\\n' "$3" "$1:$2" >&3 && cat <&3`
  const bash = quoteArgv(['timeout', String(request.timeout), 'bash', '-c', talk, 'bash', host, port, path])
  return [
    // The dot keeps the line ends of the answer's own.
    `km_answer=$(${bash} 2>/dev/null || :; echo .); printf '%s\\n' "\${km_answer%.}"`,
    `echo "kmesos $(printf '%s\\n' "$km_answer" | sed -n '1s/^HTTP[^ ]* \\([0-9]*\\).*/\\1/p' | grep . || echo 0) 0 "${quoteWord(request.url)}`,
  ].join('\n')
}

function partsOf(url: string): { readonly host: string; readonly port: string; readonly path: string } {
  const parsed = new URL(url)
  const port = parsed.port === '' ? '80' : parsed.port
  return { host: parsed.hostname, port, path: `${parsed.pathname}${parsed.search}` }
}

/** Sets km_answer and km_status. Steps end at the first command that fails: that nobody answers must not be one. */
function request(request: HttpRequest): string {
  return `km_answer=$(${askScript(request)}\n) || :\nkm_status=$(printf '%s\\n' "$km_answer" | sed -n '$s/^kmesos \\([0-9]*\\) .*/\\1/p')`
}

/** Sends once; the answer is the step's output, whatever its status. */
export function actScript(asked: HttpRequest, url: string, wanted: readonly string[]): string {
  return [
    request(asked),
    'printf \'%s\\n\' "$km_answer"',
    `case $km_status in ${wanted.map(quoteWord).join('|')}) ;; *) echo ${quoteWord(`${url} did not answer ${wanted.join(' or ')}`)}": status $km_status" >&2; return 1 ;; esac`,
  ].join('\n')
}

/** The wait, as one remote loop: no round trip per try. */
export function waitScript(
  asked: HttpRequest,
  until: { readonly url: string; readonly wanted: readonly string[]; readonly within: number },
): string {
  const { url, wanted, within } = until
  const failure = quoteWord(`${url} did not answer ${wanted.join(' or ')} within ${within} s`)
  return [
    `km_end=$(( $(date +%s) + ${within} ))`,
    'while :; do',
    request(asked),
    `  case $km_status in ${wanted.map(quoteWord).join('|')}) printf '%s\\n' "$km_answer"; return 0 ;; esac`,
    `  [ "$(date +%s)" -lt "$km_end" ] || { printf '%s\\n' ${failure}": last status $km_status" >&2; return 1; }`,
    '  sleep 0.5',
    'done',
  ].join('\n')
}
