import { refused } from '../no-change.ts'
import { defineModule } from '../types.ts'

export const failModule = defineModule<{ readonly msg: string }, undefined>({
  name: 'fail',
  summary: 'fails with a message',
  schema: { params: { msg: { type: 'text', default: 'Failed as requested from task' } } },
  plan: (params) => refused(params.msg),
})
