import { noChange } from '../no-change.ts'
import { defineModule } from '../types.ts'

interface DebugParams {
  readonly msg?: unknown
  readonly var?: string
  readonly verbosity: number
}

export const debugModule = defineModule<DebugParams, undefined>({
  name: 'debug',
  summary: 'prints a message or the value of an expression',
  schema: {
    params: {
      msg: { type: 'any', about: '`Hello world!` unless told' },
      var: { type: 'text', about: 'JavaScript expression' },
      verbosity: { type: 'integer', default: 0, about: 'above 0 nothing is shown' },
    },
    exclusive: [['msg', 'var']],
  },
  plan: (params, _observed, context) => {
    if (params.verbosity > 0) return noChange('not shown, for its verbosity')
    const value = params.var === undefined ? (params.msg ?? 'Hello world!') : context.evaluate(params.var)
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    return noChange(
      params.var === undefined ? text : `${params.var} = ${text}`,
      params.var === undefined ? { msg: value } : { msg: value, [params.var]: value },
    )
  },
})
