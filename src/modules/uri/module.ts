import { quoteArgv, quoteWord } from '../../kernel/shell.ts'
import { noChange, refused } from '../no-change.ts'
import { textIn } from '../observation.ts'
import { defineModule } from '../types.ts'

interface UriParams {
  readonly url: string
  readonly status_code: readonly unknown[]
  readonly return_content: boolean
  /** Seconds for one request. */
  readonly timeout: number
  /** Seconds to go on trying; 0 = one try. */
  readonly within: number
}

interface UriObserved {
  /** 0: no answer. */
  readonly status: number
  readonly content: string
}

/**
 * GET only: a task that reads. Runs on the host, with curl where there is one, else by bash's /dev/tcp (plain http).
 * Waiting is `within`: one remote loop, not a round trip per try.
 */
export const uriModule = defineModule<UriParams, UriObserved>({
  name: 'uri',
  summary: 'asks a URL from the host, and can wait until it answers as wanted',
  schema: {
    params: {
      url: { type: 'text', required: true },
      status_code: { type: 'list', default: [200] },
      return_content: { type: 'flag', default: false },
      timeout: { type: 'integer', default: 10 },
      within: { type: 'integer', default: 0, about: 'seconds to go on trying; 0 = one try' },
    },
  },
  questions: (params) => ({
    answer: { ask: 'sh', network: true, script: `${requestScript(params)}\nprintf '%s\\n' "$km_answer"` },
  }),
  observe: (answers) => {
    const [status = '', ...rest] = textIn(answers['answer']).text.split('\n')
    return { status: Number(status) || 0, content: rest.join('\n').replace(/\n$/, '') }
  },
  plan: (params, observed) => {
    const wanted = params.status_code.map(String)
    const got = observed.status === 0 ? 'no answer' : `status ${observed.status}`
    if (wanted.includes(String(observed.status))) {
      const content = params.return_content ? { content: observed.content } : {}
      return noChange(`${params.url}: ${got}`, { status: observed.status, url: params.url, ...content })
    }
    if (params.within === 0) return refused(`${params.url}: ${got}, wanted ${wanted.join(' or ')}`)
    return {
      actions: [{ do: 'script', script: waitScript(params, wanted) }],
      changed: false,
      message: `wait for ${params.url} to answer ${wanted.join(' or ')}`,
      touches: [],
    }
  },
})

/** Sets km_answer: the status on the first line, then the body (64 KiB at most). */
function requestScript(params: UriParams): string {
  const curl = quoteArgv([
    'curl',
    '-s',
    '-k',
    '-m',
    String(params.timeout),
    '-o',
    '-',
    '-w',
    '\\n%{http_code}',
    params.url,
  ])
  const { host, port, path } = partsOf(params.url)
  const talk = `exec 3<>"/dev/tcp/$1/$2" && printf 'GET %s HTTP/1.0\\r\\nHost: %s\\r\\nConnection: close\\r\\n\\r\\n' "$3" "$1:$2" >&3 && cat <&3`
  const bash = quoteArgv(['timeout', String(params.timeout), 'bash', '-c', talk, 'bash', host, port, path])
  return [
    'if command -v curl >/dev/null 2>&1; then',
    `  km_body=$(${curl} 2>/dev/null | head -c 65536)`,
    "  km_answer=$(printf '%s\\n' \"$km_body\" | tail -n 1; printf '%s\\n' \"$km_body\" | sed '$d')",
    'else',
    `  km_body=$(${bash} 2>/dev/null | head -c 65536 | tr -d '\\r')`,
    "  km_answer=$(printf '%s\\n' \"$km_body\" | sed -n '1s/^HTTP[^ ]* \\([0-9]*\\).*/\\1/p'; printf '%s\\n' \"$km_body\" | sed '1,/^$/d')",
    'fi',
  ].join('\n')
}

function waitScript(params: UriParams, wanted: readonly string[]): string {
  const pattern = wanted.join('|')
  return [
    `km_end=$(( $(date +%s) + ${params.within} ))`,
    'while :; do',
    requestScript(params),
    '  km_status=$(printf \'%s\\n\' "$km_answer" | head -n 1)',
    `  case $km_status in ${pattern}) return 0 ;; esac`,
    `  [ "$(date +%s)" -lt "$km_end" ] || { printf '%s\\n' ${quoteWord(`${params.url} did not answer ${wanted.join(' or ')} within ${params.within} s`)}": last status $km_status" >&2; return 1; }`,
    '  sleep 0.5',
    'done',
  ].join('\n')
}

function partsOf(url: string): { readonly host: string; readonly port: string; readonly path: string } {
  const parsed = new URL(url)
  const port = parsed.port === '' ? (parsed.protocol === 'https:' ? '443' : '80') : parsed.port
  return { host: parsed.hostname, port, path: `${parsed.pathname}${parsed.search}` }
}
