import type { Action, TaskPlan } from '../../plan/types.ts'
import { noChange, refused } from '../no-change.ts'
import { textIn } from '../observation.ts'
import { defineModule } from '../types.ts'

interface EngineParams {
  readonly min_version?: string
  readonly max_version?: string
  readonly start: boolean
}

interface EngineObserved {
  readonly installed: boolean
  /** Empty when the daemon did not answer; then `error` says why. */
  readonly version: string
  readonly error: string
  readonly systemd: boolean
  readonly enabled: boolean
  /** The host's owner forbids its start. */
  readonly masked: boolean
}

export const dockerEngineModule = defineModule<EngineParams, EngineObserved>({
  name: 'docker_engine',
  summary: 'makes sure that the Docker daemon runs and has a fitting version',
  schema: {
    params: {
      min_version: { type: 'text', about: 'oldest that will do, "20.10"' },
      max_version: { type: 'text', about: 'newest major line that will do, "25"' },
      start: {
        type: 'flag',
        default: true,
        about: 'start and enable the systemd service docker where it does not run',
      },
    },
  },
  questions: () => ({ engine: { ask: 'sh', script: engineScript } }),
  observe: (answers) => {
    const rows = textIn(answers['engine']).text.split('\n')
    const version = /^version (\d\S*)$/m.exec(rows.join('\n'))?.[1] ?? ''
    return {
      installed: rows[0] !== 'missing',
      version,
      error:
        version === ''
          ? rows
              .filter((row) => row.startsWith('version '))
              .join(' ')
              .slice('version '.length)
          : '',
      systemd: rows.includes('systemd'),
      enabled: rows.includes('enabled'),
      masked: rows.includes('masked'),
    }
  },
  plan: planEngine,
})

const engineScript = `command -v docker >/dev/null 2>&1 && echo present || echo missing
echo "version $(docker version --format '{{.Server.Version}}' 2>&1 | tr '\\n' ' ' | sed 's/ *$//')"
[ -d /run/systemd/system ] && echo systemd && systemctl is-enabled docker.service 2>/dev/null
:`

function planEngine(params: EngineParams, observed: EngineObserved): TaskPlan {
  if (!observed.installed)
    return refused(
      'there is no docker program on the host',
      'install Docker, or let the component docker do it',
    )
  if (observed.version === '' || (observed.systemd && !observed.enabled && params.start))
    return planStart(params, observed)
  const { version } = observed
  if (params.min_version !== undefined && compareVersions(version, params.min_version) < 0) {
    return refused(
      `Docker ${version} is too old, ${params.min_version} or newer is needed`,
      'upgrade Docker on the host',
    )
  }
  if (
    params.max_version !== undefined &&
    params.max_version !== '' &&
    majorOf(version) > majorOf(params.max_version)
  ) {
    return refused(
      `Docker ${version} is too new, the line ${params.max_version} or older is needed`,
      'see docker_max_version in bootstrap/docker/defaults/main.yml',
    )
  }
  return noChange(`Docker ${version} runs`, { version })
}

function planStart(params: EngineParams, observed: EngineObserved): TaskPlan {
  if (!params.start || !observed.systemd) {
    return refused(
      `the Docker daemon does not answer: ${observed.error}`,
      'start it by the means of the host',
    )
  }
  if (observed.masked && observed.version === '') {
    return refused(
      'the Docker daemon does not run, and its service is masked',
      'allow its start: systemctl unmask docker.service',
    )
  }
  const actions: readonly Action[] = [{ do: 'run', argv: ['systemctl', 'enable', '--now', 'docker.service'] }]
  return { actions, changed: true, message: 'start and enable the Docker daemon', touches: ['*'] }
}

function majorOf(version: string): number {
  return Number.parseInt(version, 10)
}

/** Negative when `a` is older; numbers are compared part by part, what follows them does not count. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) =>
    text.split(/[.+~-]/).map((part) => Number.parseInt(part, 10) || 0),
  )
  for (let at = 0; at < Math.max(left?.length ?? 0, right?.length ?? 0); at++) {
    const difference = (left?.[at] ?? 0) - (right?.[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
