import { planService, type ServiceObserved, type ServiceParams } from '../service/plan.ts'
import { observeService, serviceQuestions } from '../service/probe.ts'
import { defineModule } from '../types.ts'

export const systemdModule = defineModule<ServiceParams, ServiceObserved>({
  name: 'systemd',
  summary: 'starts, stops, enables and masks a unit of systemd, and has unit files read again',
  schema: {
    params: {
      name: { type: 'text', aliases: ['service', 'unit'] },
      state: { type: 'text', choices: ['started', 'stopped', 'restarted', 'reloaded'] },
      enabled: { type: 'flag', about: 'started at boot' },
      masked: { type: 'flag', about: 'cannot be started' },
      daemon_reload: {
        type: 'flag',
        default: false,
        aliases: ['daemon-reload'],
        about: 'have systemd read its unit files again, where they changed; counts as no change',
      },
      daemon_reexec: {
        type: 'flag',
        default: false,
        aliases: ['daemon-reexec'],
        about: 'counts as no change',
      },
      no_block: { type: 'flag', default: false, about: 'do not wait until it has started' },
      force: { type: 'flag', default: false, about: 'replace links that are in the way' },
      scope: { type: 'text', choices: ['system', 'user', 'global'], default: 'system' },
    },
    oneOf: [['state', 'enabled', 'masked', 'daemon_reload', 'daemon_reexec']],
  },
  questions: serviceQuestions,
  observe: observeService,
  plan: planService,
})
