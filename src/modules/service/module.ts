import { defineModule } from '../types.ts'
import { planService, type ServiceObserved, type ServiceParams } from './plan.ts'
import { observeService, serviceQuestions } from './probe.ts'

export const serviceModule = defineModule<ServiceParams, ServiceObserved>({
  name: 'service',
  summary: 'starts, stops and enables a systemd service',
  schema: {
    params: {
      name: { type: 'text', required: true },
      state: { type: 'text', choices: ['started', 'stopped', 'restarted', 'reloaded'] },
      enabled: { type: 'flag', about: 'started at boot' },
      daemon_reload: {
        type: 'flag',
        default: false,
        about: 'have systemd read its unit files again where they changed',
      },
      sleep: { type: 'integer', about: 'seconds between stop and start of a restart' },
      use: { type: 'text', choices: ['auto', 'systemd'], default: 'auto' },
    },
    oneOf: [['state', 'enabled', 'daemon_reload']],
    unsupported: {
      pattern: 'systemd knows itself what runs',
      arguments: 'write them in the unit file',
      args: 'write them in the unit file',
      runlevel: 'it is of OpenRC',
    },
  },
  questions: serviceQuestions,
  observe: observeService,
  plan: planService,
})
