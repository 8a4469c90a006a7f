import { noChange } from '../no-change.ts'
import { defineModule } from '../types.ts'

interface DebugParams {
  readonly msg?: unknown
  readonly var?: string
}

export const debugModule = defineModule<DebugParams, undefined>({
  name: 'debug',
  summary: 'prints a message or the value of an expression',
  schema: { params: { msg: { type: 'any' }, var: { type: 'text' } }, exclusive: [['msg', 'var']] },
  plan: (params, _observed, context) => {
    const value = params.var === undefined ? (params.msg ?? 'Hello world!') : context.evaluate(params.var)
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    return noChange(params.var === undefined ? text : `${params.var} = ${text}`, { msg: value })
  },
})
