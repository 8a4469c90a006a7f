import type { DockerObject, TaskPlan } from '../../plan/types.ts'
import { noChange } from '../no-change.ts'
import { dockerIn } from '../observation.ts'
import { defineModule } from '../types.ts'

interface VolumeParams {
  readonly name: string
  readonly state: 'present' | 'absent'
  readonly driver: string
  readonly labels?: Readonly<Record<string, unknown>>
}

export const dockerVolumeModule = defineModule<VolumeParams, DockerObject | null>({
  name: 'docker_volume',
  summary: 'makes or removes a named Docker volume',
  schema: {
    params: {
      name: { type: 'text', required: true, aliases: ['volume_name'] },
      state: { type: 'text', choices: ['present', 'absent'], default: 'present' },
      driver: { type: 'text', default: 'local' },
      labels: { type: 'map' },
    },
  },
  questions: (params) => ({ volume: { ask: 'volume', name: params.name } }),
  observe: (answers) => dockerIn(answers['volume']),
  plan: (params, observed) => {
    const { name } = params
    if (params.state === 'absent') {
      return observed === null ? noChange(`there is no volume ${name}`) : change(name, 'remove', ['rm', name])
    }
    if (observed !== null) return noChange(`volume ${name} exists`, { name })
    const labels = Object.entries(params.labels ?? {}).map(
      ([key, value]) => `--label=${key}=${String(value)}`,
    )
    return change(name, 'make', ['create', `--driver=${params.driver}`, ...labels, name])
  },
})

function change(name: string, verb: string, words: readonly string[]): TaskPlan {
  return {
    actions: [{ do: 'run', argv: ['docker', 'volume', ...words] }],
    changed: true,
    message: `${verb} volume ${name}`,
    touches: [`volume:${name}`],
    result: { name },
  }
}
