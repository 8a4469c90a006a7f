import { quoteArgv, quoteWord } from '../kernel/shell.ts'
import type { ParamSchema } from './params.ts'

/** A request that a host makes with the tool that it has. */
export interface HttpRequest {
  readonly url: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, unknown>>
  /** Text that is sent. */
  readonly body?: string
  /** File on the host that is sent. */
  readonly src?: string
  readonly url_username?: string
  readonly url_password?: string
  /** Seconds without an answer. */
  readonly timeout: number
  readonly validate_certs: boolean
  readonly use_proxy: boolean
  readonly use_netrc: boolean
  readonly client_cert?: string
  readonly client_key?: string
  readonly ca_path?: string
  readonly ciphers?: readonly unknown[]
  readonly decompress: boolean
  readonly http_agent: string
  readonly unix_socket?: string
  /** Redirects are followed unless told. */
  readonly follow?: boolean
}

export const httpParams = {
  url: { type: 'text', required: true },
  headers: { type: 'map' },
  url_password: { type: 'text', aliases: ['password'], about: 'never on a command line' },
  timeout: { type: 'integer', default: 10, about: 'seconds' },
  validate_certs: { type: 'flag', default: true },
  use_proxy: { type: 'flag', default: true },
  use_netrc: { type: 'flag', default: true },
  client_cert: { type: 'path', about: 'PEM file on the host' },
  client_key: { type: 'path', about: 'PEM file on the host' },
  ciphers: { type: 'list' },
  decompress: { type: 'flag', default: true },
  http_agent: { type: 'text', default: 'ansible-httpget' },
  force_basic_auth: { type: 'flag', default: false, about: 'a user name is always sent at once' },
} as const satisfies Record<string, ParamSchema>

export const unsupportedHttp = {
  unredirected_headers: 'curl sends headers to the same host alone',
  use_gssapi: 'use command: curl --negotiate',
} as const

/** Options of curl as lines of a configuration file: what is secret in them is on no command line. */
export function curlConfig(request: HttpRequest, more: readonly string[] = []): string {
  const line = (name: string, value: unknown): readonly string[] =>
    value === undefined || value === '' ? [] : [`${name} = ${quoted(String(value))}`]
  const flag = (name: string, on: boolean): readonly string[] => (on ? [name] : [])
  const { url_username: user, url_password: password } = request
  return [
    'silent',
    'show-error',
    ...flag('location', request.follow !== false),
    ...line('url', request.url),
    ...line('request', request.method),
    ...Object.entries(request.headers ?? {}).flatMap(([name, value]) =>
      line('header', `${name}: ${String(value)}`),
    ),
    ...line('user', user === undefined ? undefined : `${user}:${password ?? ''}`),
    ...(request.body === undefined ? [] : [`data-raw = ${quoted(request.body)}`]),
    ...line('data-binary', request.src === undefined ? undefined : `@${request.src}`),
    ...line('user-agent', request.http_agent),
    `connect-timeout = ${request.timeout}`,
    // A transfer that stands still for so long has ended, as for Ansible's socket time-out.
    `speed-time = ${request.timeout}`,
    'speed-limit = 1',
    ...flag('insecure', !request.validate_certs),
    ...(request.use_proxy ? [] : ['noproxy = "*"']),
    ...flag('netrc-optional', request.use_netrc && user === undefined),
    ...flag('compressed', request.decompress),
    ...line('cert', request.client_cert),
    ...line('key', request.client_key),
    ...line('cacert', request.ca_path),
    ...line('ciphers', request.ciphers?.map(String).join(':')),
    ...line('unix-socket', request.unix_socket),
    ...more,
  ].join('\n')
}

/** A value in curl's double quotes. */
function quoted(text: string): string {
  const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\v': '\\v' }
  return `"${text.replace(/[\\"]/g, '\\$&').replace(/[\n\r\t\v]/g, (letter) => escapes[letter] ?? letter)}"`
}

/** Shell that runs curl with these options; its output is curl's. */
export function curlScript(request: HttpRequest, more: readonly string[] = []): string {
  return `curl -q -K - <<'KM_CURL'\n${curlConfig(request, more)}\nKM_CURL`
}

/** The body on standard output, by curl, or by wget where there is no curl; fails for a status of 400 and above. */
export function fetchScript(request: HttpRequest): string {
  return [
    'if command -v curl >/dev/null 2>&1; then',
    curlScript(request, ['fail']),
    'elif command -v wget >/dev/null 2>&1; then',
    wgetScript(request),
    'else echo "the host has neither curl nor wget: install one, or use copy" >&2; false; fi',
  ].join('\n')
}

/** busybox's wget reads no configuration: it gets what is no secret. */
function wgetScript(request: HttpRequest): string {
  const { url_username: user, url_password: password, headers = {} } = request
  const lines = [
    ...Object.entries(headers).map(([name, value]) => `header = ${name}: ${String(value)}`),
    ...(user === undefined
      ? []
      : [`user = ${user}`, `password = ${password ?? ''}`, 'auth_no_challenge = on']),
    `user_agent = ${request.http_agent}`,
  ].map((line) => line.replaceAll('\n', ' '))
  const words = [
    '-q',
    '-O',
    '-',
    '-T',
    String(request.timeout),
    ...(request.validate_certs ? [] : ['--no-check-certificate']),
  ]
  const secret = user !== undefined || Object.keys(headers).length > 0
  const plain = secret
    ? 'echo "headers and passwords need curl or GNU wget on the host" >&2; false'
    : `wget ${quoteArgv(words)} -- ${quoteWord(request.url)}`
  return [
    'if wget --version 2>/dev/null | grep -q GNU; then',
    `wget --config=/dev/stdin ${quoteArgv([...words, '-nv', '--tries=1', '--', request.url])} <<'KM_WGET'\n${lines.join('\n')}\nKM_WGET`,
    `else ${plain}; fi`,
  ].join('\n')
}
