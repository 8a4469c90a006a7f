import { readFile } from 'node:fs/promises'
import axios from 'axios'
import { ApiError, ConfigError } from '../../src/kernel/errors.ts'

export interface FetchedToken {
  readonly authUrl: string
  readonly project: string
  /** ISO time. */
  readonly expires: string
}

const requestTimeoutMs = 30_000

/** Takes the values of an openrc to Keystone and comes back with what a token says of itself; the token is not shown. */
export async function fetchToken(openrcFile: string, signal: AbortSignal): Promise<FetchedToken> {
  const rc = parseOpenrc(await readOpenrc(openrcFile))
  const authUrl = needed(rc, 'OS_AUTH_URL', openrcFile).replace(/\/$/, '')
  const url = `${authUrl}${/\/v3$/.test(authUrl) ? '' : '/v3'}/auth/tokens`
  const user = {
    name: needed(rc, 'OS_USERNAME', openrcFile),
    domain: domainOf(rc, 'USER'),
    password: needed(rc, 'OS_PASSWORD', openrcFile),
  }
  const project = needed(rc, 'OS_PROJECT_NAME', openrcFile)
  const scope = { project: { name: project, domain: domainOf(rc, 'PROJECT') } }
  const body = { auth: { identity: { methods: ['password'], password: { user } }, scope } }
  const response = await axios.post<TokenBody>(url, body, {
    timeout: requestTimeoutMs,
    signal,
    // The lab is on this machine: no proxy stands between.
    proxy: false,
    validateStatus: () => true,
  })
  const token: unknown = response.headers['x-subject-token']
  if (response.status !== 201 || typeof token !== 'string' || token === '') {
    throw new ApiError(`Keystone at ${url} gave no token: HTTP ${response.status}`, {
      status: response.status,
      detail: JSON.stringify(response.data).slice(0, 500),
      hint: 'see what it says: node dist/kmesos.js logs keystone-api with the inventory of the all-in-one',
    })
  }
  return { authUrl, project, expires: response.data.token.expires_at }
}

interface TokenBody {
  readonly token: { readonly expires_at: string }
}

async function readOpenrc(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ConfigError(`kmesos deploy left no ${file}`, [], { cause })
  })
}

/** `export NAME=value`, the value quoted as a shell reads it. */
export function parseOpenrc(text: string): ReadonlyMap<string, string> {
  const found = text.matchAll(/^\s*(?:export\s+)?(\w+)=(?:'((?:[^']|'\\'')*)'|"([^"]*)"|(\S*))\s*$/gm)
  return new Map(
    [...found].map(([, name = '', single, double, plain]) => [
      name,
      single?.replaceAll(`'\\''`, `'`) ?? double ?? plain ?? '',
    ]),
  )
}

/** Named or by its id, as an openrc may have either. */
function domainOf(rc: ReadonlyMap<string, string>, whose: 'USER' | 'PROJECT'): Record<string, string> {
  const name = rc.get(`OS_${whose}_DOMAIN_NAME`)
  return name === undefined ? { id: rc.get(`OS_${whose}_DOMAIN_ID`) ?? 'default' } : { name }
}

function needed(rc: ReadonlyMap<string, string>, name: string, file: string): string {
  const value = rc.get(name)
  if (value === undefined || value === '') throw new ConfigError(`${file} has no ${name}`)
  return value
}
