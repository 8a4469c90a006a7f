import type { Action, TaskPlan } from '../../plan/types.ts'
import { noChange, refused } from '../no-change.ts'

export interface PackageParams {
  readonly name: readonly string[]
  readonly state: 'present' | 'absent' | 'installed' | 'removed'
  readonly install_recommends: boolean
  readonly update_cache: boolean
  /** A program: where the host has it, however it came there, nothing is to do. */
  readonly provides?: string
}

export interface PackagesObserved {
  readonly tool: 'apt' | 'dnf' | 'yum' | 'none'
  readonly installed: readonly string[]
  readonly provided: boolean
}

export function planPackages(params: PackageParams, observed: PackagesObserved): TaskPlan {
  const wanted = params.name.map(String)
  const present = params.state === 'present' || params.state === 'installed'
  if (present && observed.provided) return noChange(`the host has ${String(params.provides)}`)
  const differing = wanted.filter((name) => observed.installed.includes(name) !== present)
  if (differing.length === 0)
    return noChange(`${wanted.join(', ')}: ${present ? 'installed' : 'not installed'}`)
  if (observed.tool === 'none') {
    return refused(
      `cannot ${present ? 'install' : 'remove'} ${differing.join(', ')}: the host has neither apt-get nor dnf`,
      'install them by hand, or in the image of the host',
    )
  }
  return {
    actions: present ? installActions(observed.tool, differing, params) : [removal(observed.tool, differing)],
    changed: true,
    message: `${present ? 'install' : 'remove'} ${differing.join(', ')}`,
    // Packages bring files, users and services.
    touches: ['*'],
    result: { packages: differing },
  }
}

const quietly = [
  'env',
  'DEBIAN_FRONTEND=noninteractive',
  'apt-get',
  '-y',
  '-q',
  '-o',
  'DPkg::Lock::Timeout=120',
]

function installActions(
  tool: 'apt' | 'dnf' | 'yum',
  names: readonly string[],
  params: PackageParams,
): readonly Action[] {
  if (tool !== 'apt') return [{ do: 'run', argv: [tool, '-y', 'install', ...names] }]
  return [
    ...(params.update_cache ? [{ do: 'run', argv: ['apt-get', '-q', 'update'] } as const] : []),
    {
      do: 'run',
      argv: [
        ...quietly,
        ...(params.install_recommends ? [] : ['--no-install-recommends']),
        'install',
        ...names,
      ],
    },
  ]
}

function removal(tool: 'apt' | 'dnf' | 'yum', names: readonly string[]): Action {
  return {
    do: 'run',
    argv: tool === 'apt' ? [...quietly, 'remove', ...names] : [tool, '-y', 'remove', ...names],
  }
}
