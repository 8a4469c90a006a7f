import type { Action, DockerObject, TaskPlan } from '../../plan/types.ts'
import { noChange } from '../no-change.ts'
import { dockerIn } from '../observation.ts'
import { dockerElsewhere } from '../docker-elsewhere.ts'
import { defineModule } from '../types.ts'

interface VolumeParams {
  readonly name: string
  readonly state: 'present' | 'absent'
  readonly driver: string
  readonly driver_options: Readonly<Record<string, unknown>>
  readonly recreate: 'always' | 'never' | 'options-changed'
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
      driver_options: { type: 'map', default: {} },
      recreate: {
        type: 'text',
        choices: ['always', 'never', 'options-changed'],
        default: 'never',
        about: 'makes it anew, and its data is lost',
      },
    },
    unsupported: dockerElsewhere,
  },
  questions: (params) => ({ volume: { ask: 'volume', name: params.name } }),
  observe: (answers) => dockerIn(answers['volume']),
  plan: (params, observed) => {
    const { name } = params
    if (params.state === 'absent') {
      return observed === null ? noChange(`there is no volume ${name}`) : change(name, 'remove', ['rm', name])
    }
    const differs =
      params.recreate === 'always' || (params.recreate === 'options-changed' && isOther(params, observed))
    if (observed !== null && !differs) return noChange(`volume ${name} exists`, { name, volume: observed })
    const made = change(name, observed === null ? 'make' : 'make anew', [
      'create',
      ...createWords(params),
      name,
    ])
    const removal: Action = { do: 'run', argv: ['docker', 'volume', 'rm', name] }
    return observed === null ? made : { ...made, actions: [removal, ...made.actions] }
  },
})

function createWords(params: VolumeParams): readonly string[] {
  const pairs = (flag: string, map: Readonly<Record<string, unknown>>): readonly string[] =>
    Object.entries(map).map(([key, value]) => `--${flag}=${key}=${String(value)}`)
  return [
    `--driver=${params.driver}`,
    ...pairs('label', params.labels ?? {}),
    ...pairs('opt', params.driver_options),
  ]
}

/** Labels that are not told do not count; driver and its options do. */
function isOther(params: VolumeParams, volume: DockerObject | null): boolean {
  if (volume === null) return false
  const [options, labels] = [volume['Options'] ?? {}, volume['Labels'] ?? {}] as [DockerObject, DockerObject]
  const differ = (wanted: Readonly<Record<string, unknown>>, now: DockerObject): boolean =>
    Object.entries(wanted).some(([key, value]) => now[key] !== String(value))
  return (
    volume['Driver'] !== params.driver ||
    differ(params.driver_options, options) ||
    Object.keys(options).some((key) => !(key in params.driver_options)) ||
    differ(params.labels ?? {}, labels)
  )
}

function change(name: string, verb: string, words: readonly string[]): TaskPlan {
  return {
    actions: [{ do: 'run', argv: ['docker', 'volume', ...words] }],
    changed: true,
    message: `${verb} volume ${name}`,
    touches: [`volume:${name}`],
    result: { name },
  }
}
