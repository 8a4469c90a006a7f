import { textIn } from '../observation.ts'
import { noChange } from '../no-change.ts'
import { defineModule } from '../types.ts'
import { checkScript, waitScript } from './probe.ts'

export interface WaitParams {
  readonly host: string
  readonly port?: number
  readonly path?: string
  readonly state: 'started' | 'present' | 'stopped' | 'absent'
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
      state: { type: 'text', choices: ['started', 'present', 'stopped', 'absent'], default: 'started' },
      send: { type: 'text', about: 'sent after connecting; what comes back is matched with search_regex' },
      search_regex: { type: 'text', about: 'extended regular expression, in the answer or in the file' },
      timeout: { type: 'integer', default: 300 },
      delay: { type: 'integer', default: 0, about: 'seconds before the first look' },
      sleep: { type: 'number', default: 0.5, about: 'seconds between looks' },
      connect_timeout: { type: 'integer', default: 5 },
      msg: { type: 'text', about: 'text of the failure' },
    },
    oneOf: [['port', 'path']],
    exclusive: [['port', 'path']],
  },
  questions: (params) => ({
    // A look now; when the condition holds there is nothing to wait for.
    now: {
      ask: 'sh',
      network: true,
      script: `if ${checkScript(params)}; then echo holds; else echo not yet; fi`,
    },
  }),
  observe: (answers) => ({ holds: textIn(answers['now']).text.trim() === 'holds' }),
  plan: (params, observed) => {
    const what = describe(params)
    if (observed.holds) return noChange(what)
    return {
      actions: [{ do: 'script', script: waitScript(params, what) }],
      changed: false,
      message: `wait for: ${what}`,
      touches: [],
    }
  },
})

function describe(params: WaitParams): string {
  const gone = params.state === 'absent' || params.state === 'stopped'
  const answer = params.search_regex === undefined ? '' : ` with /${params.search_regex}/`
  if (params.path !== undefined) return `${params.path} ${gone ? 'is gone' : `is there${answer}`}`
  return `${params.host}:${params.port} ${gone ? 'is closed' : `answers${answer}`}`
}
