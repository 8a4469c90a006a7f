import { noChange } from '../no-change.ts'
import { defineModule } from '../types.ts'

interface PauseParams {
  readonly seconds?: number
  readonly minutes?: number
}

export const pauseModule = defineModule<PauseParams, undefined>({
  name: 'pause',
  summary: 'waits for a time, each host for itself',
  schema: {
    params: { seconds: { type: 'number' }, minutes: { type: 'number' } },
    oneOf: [['seconds', 'minutes']],
    exclusive: [['seconds', 'minutes']],
    unsupported: {
      prompt: 'a play asks nothing while it runs; use vars_prompt, -e, or two plays',
      echo: 'a play asks nothing while it runs',
    },
  },
  plan: ({ seconds, minutes }) => {
    const time = seconds ?? (minutes ?? 0) * 60
    if (time <= 0) return noChange('no time to wait')
    const message = `wait for ${time} s`
    // Time has passed, and others have worked: nothing that was seen before it need hold.
    return {
      actions: [{ do: 'run', argv: ['sleep', String(time)] }],
      changed: false,
      message,
      touches: ['*'],
    }
  },
})
