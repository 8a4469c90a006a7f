import {
  guardParams,
  guardQuestions,
  observeGuards,
  planGuarded,
  type GuardParams,
  type GuardState,
} from '../command/command-plan.ts'
import { httpParams, unsupportedHttp, type HttpRequest } from '../http-request.ts'
import { noChange, refused } from '../no-change.ts'
import { textIn } from '../observation.ts'
import { unsupportedOwnership } from '../ownership.ts'
import { defineModule, type ModuleContext } from '../types.ts'
import type { TaskPlan } from '../../plan/types.ts'
import { failureOf, readAnswer, resultOf } from './answer.ts'
import { requestOf } from './request.ts'
import { actScript, askScript, waitScript } from './scripts.ts'

export interface UriParams extends Omit<HttpRequest, 'body'>, GuardParams {
  readonly method: string
  readonly body?: unknown
  readonly body_format: 'raw' | 'json' | 'form-urlencoded'
  readonly status_code: readonly unknown[]
  readonly return_content: boolean
  readonly follow_redirects: string
  readonly remote_src: boolean
  /** Seconds to go on trying; 0 = one try. */
  readonly within: number
}

interface UriObserved extends GuardState {
  /** What askScript printed; only for a request that changes nothing. */
  readonly text?: string
}

/**
 * Runs on the host, with curl; a plain GET goes by bash's /dev/tcp where there is none. GET and HEAD are asked with the
 * other questions of the window; other methods are sent when the task's turn has come.
 */
export const uriModule = defineModule<UriParams, UriObserved>({
  name: 'uri',
  summary: 'sends a request to a URL from the host, and can wait until it answers as wanted',
  schema: {
    params: {
      ...httpParams,
      url_username: { type: 'text', aliases: ['user'] },
      timeout: { type: 'integer', default: 30, about: 'seconds' },
      method: { type: 'text', default: 'GET' },
      body: { type: 'any', about: 'text, or data for body_format: json and form-urlencoded' },
      body_format: { type: 'text', choices: ['raw', 'json', 'form-urlencoded'], default: 'raw' },
      src: {
        type: 'text',
        about: "file that is sent: below the role's files/, or with remote_src on the host",
      },
      remote_src: { type: 'flag', default: false },
      status_code: { type: 'list', default: [200] },
      return_content: { type: 'flag', default: false },
      follow_redirects: {
        type: 'text',
        default: 'safe',
        choices: ['safe', 'all', 'yes', 'none', 'no', 'urllib2'],
        words: ['true', 'false'],
        about: 'safe: for GET and HEAD',
      },
      ca_path: { type: 'path', about: 'PEM file on the host' },
      unix_socket: { type: 'path' },
      within: { type: 'integer', default: 0, about: 'seconds to go on trying; 0 = one try (not of Ansible)' },
      ...guardParams,
    },
    exclusive: [['body', 'src']],
    unsupported: {
      ...unsupportedOwnership,
      ...unsupportedHttp,
      dest: 'use get_url',
      force: 'curl keeps no cache',
      ...{ owner: 'use get_url', group: 'use get_url', mode: 'use get_url' },
    },
  },
  questions: (params, context) => ({
    ...guardQuestions(params),
    ...(onlyAsks(params)
      ? { answer: { ask: 'sh', network: true, script: askScript(requestOf(params, context)) } as const }
      : {}),
  }),
  observe: (answers) => ({
    ...observeGuards(answers),
    ...('answer' in answers ? { text: textIn(answers['answer']).text } : {}),
  }),
  plan: planUri,
  result: (params, output) => resultOf(readAnswer(output.stdout), params),
  quiet: true,
})

function onlyAsks({ method }: UriParams): boolean {
  return ['GET', 'HEAD', 'OPTIONS'].includes(method.toUpperCase())
}

function planUri(params: UriParams, observed: UriObserved, context: ModuleContext): TaskPlan {
  const { url, method } = params
  const wanted = params.status_code.map(String)
  const request = requestOf(params, context)
  if (observed.text === undefined) {
    const send = { do: 'script', script: actScript(request, url, wanted) } as const
    const plan = planGuarded(params, observed, { actions: [send], shown: `${method.toUpperCase()} ${url}` })
    return { ...plan, changed: false, touches: plan.actions.length > 0 ? ['net'] : [] }
  }
  const guarded = planGuarded(params, observed, { actions: [], shown: '' })
  if (guarded.message !== '') return guarded
  const answer = readAnswer(observed.text)
  if (wanted.includes(String(answer.status))) {
    return noChange(`${url}: status ${answer.status}`, resultOf(answer, params))
  }
  if (params.within === 0) {
    const plan = refused(`${url}: ${failureOf(answer)}, wanted ${wanted.join(' or ')}`)
    return { ...plan, result: resultOf(answer, { ...params, return_content: true }) }
  }
  return {
    actions: [{ do: 'script', script: waitScript(request, { url, wanted, within: params.within }) }],
    changed: false,
    message: `wait for ${url} to answer ${wanted.join(' or ')}`,
    touches: ['*'],
  }
}
