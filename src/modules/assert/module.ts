import { noChange, refused } from '../no-change.ts'
import { defineModule } from '../types.ts'

interface AssertParams {
  readonly that: readonly unknown[]
  readonly fail_msg?: string
  readonly success_msg?: string
}

export const assertModule = defineModule<AssertParams, undefined>({
  name: 'assert',
  summary: 'fails unless all conditions hold',
  schema: {
    params: {
      that: { type: 'any', required: true, about: 'one JavaScript expression or a list of them' },
      fail_msg: { type: 'text', aliases: ['msg'] },
      success_msg: { type: 'text' },
      quiet: { type: 'flag', default: false, about: 'without effect: one line is shown anyway' },
    },
  },
  plan: (params, _observed, context) => {
    const conditions = Array.isArray(params.that) ? (params.that as unknown[]) : [params.that]
    for (const condition of conditions) {
      const holds = typeof condition === 'string' ? context.evaluate(condition) : condition
      if (holds) continue
      const result = { assertion: condition, evaluated_to: false }
      return { ...refused(params.fail_msg ?? `does not hold: ${String(condition)}`), result }
    }
    return noChange(params.success_msg ?? 'all conditions hold')
  },
})
