import type { TaskPlan } from '../../plan/types.ts'
import { textIn } from '../observation.ts'
import { noChange } from '../no-change.ts'
import { defineModule } from '../types.ts'
import { checkScript, waitScript } from './probe.ts'

export interface WaitParams {
  readonly host: string
  readonly port?: number
  readonly path?: string
  readonly state: 'started' | 'present' | 'stopped' | 'absent' | 'drained'
  readonly send?: string
  readonly search_regex?: string
  /** Seconds. */
  readonly timeout: number
  readonly delay: number
  readonly sleep: number
  readonly connect_timeout: number
  readonly msg?: string
}

export const waitForModule = defineModule<WaitParams, { readonly holds: boolean }>({
  name: 'wait_for',
  summary: 'waits on the host until a port answers or a path is there (or gone)',
  schema: {
    params: {
      host: { type: 'text', default: '127.0.0.1' },
      port: { type: 'integer' },
      path: { type: 'path' },
      state: {
        type: 'text',
        choices: ['started', 'present', 'stopped', 'absent', 'drained'],
        default: 'started',
        about: 'drained: nobody is connected to the port any more',
      },
      send: { type: 'text', about: 'sent after connecting; what comes back is matched with search_regex' },
      search_regex: {
        type: 'text',
        about: 'extended regular expression (grep -E), in the answer or in the file',
      },
      timeout: { type: 'integer', default: 300 },
      delay: { type: 'integer', default: 0, about: 'seconds before the first look' },
      sleep: { type: 'number', default: 1, about: 'seconds between looks' },
      connect_timeout: { type: 'integer', default: 5 },
      msg: { type: 'text', about: 'text of the failure' },
    },
    exclusive: [['port', 'path']],
    unsupported: {
      exclude_hosts: 'use command: ss, with until',
      active_connection_states: 'all states in which something may still be sent count',
    },
  },
  questions: (params) =>
    params.port === undefined && params.path === undefined
      ? {}
      : {
          // A look now; when the condition holds there is nothing to wait for.
          now: {
            ask: 'sh',
            network: true,
            script: `if ${checkScript(params)}; then echo holds; else echo not yet; fi`,
          },
        },
  observe: (answers) => ({ holds: 'now' in answers && textIn(answers['now']).text.trim() === 'holds' }),
  plan: (params, observed) => {
    if (params.port === undefined && params.path === undefined) return sleep(params.timeout)
    const what = describe(params)
    const { state, port, path, search_regex } = params
    const result = { state, elapsed: 0, port, path, search_regex }
    if (observed.holds) return noChange(what, result)
    return {
      actions: [{ do: 'script', script: waitScript(params, what) }],
      changed: false,
      message: `wait for: ${what}`,
      // Time has passed, and others have worked: nothing that was seen before it need hold.
      touches: ['*'],
      result,
    }
  },
})

/** Neither port nor path: the time itself is waited for. */
function sleep(seconds: number): TaskPlan {
  const argv = ['sleep', String(seconds)]
  return { actions: [{ do: 'run', argv }], changed: false, message: `wait for ${seconds} s`, touches: ['*'] }
}

function describe(params: WaitParams): string {
  if (params.state === 'drained') return `nobody is connected to port ${params.port}`
  const gone = params.state === 'absent' || params.state === 'stopped'
  const answer = params.search_regex === undefined ? '' : ` with /${params.search_regex}/`
  if (params.path !== undefined)
    return `${params.path} ${gone ? (answer === '' ? 'is gone' : `is without ${answer.slice(6)}`) : `is there${answer}`}`
  return `${params.host}:${params.port} ${gone ? 'is closed' : `answers${answer}`}`
}
