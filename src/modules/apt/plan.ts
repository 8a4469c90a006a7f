import type { Action, TaskPlan } from '../../plan/types.ts'
import { noChange, refused } from '../no-change.ts'
import { upgradeVerb } from './probe.ts'
import { isMeant, specOf, type PackageSpec } from './spec.ts'
import type { AptObserved, AptParams } from './types.ts'

interface Step {
  readonly said: string
  readonly actions: readonly Action[]
  /** Fetching lists for what is installed next counts as no change of its own. */
  readonly quiet?: boolean
}

/** What apt-get must do: lists, packages, a package file, upgrades, what nobody needs. */
export function planApt(params: AptParams, observed: AptObserved): TaskPlan {
  if (!observed.apt)
    return refused('the host has no apt-get', 'use the module package, which knows dnf and yum too')
  if (params.deb !== undefined && observed.deb === null)
    return refused(`${params.deb} is no package file on the host`)
  const specs = params.name.map((each) => specOf(String(each)))
  const differing = specs.filter((spec) => differs(spec, params, observed))
  const works: readonly Step[] = [
    ...packageSteps(params, differing),
    ...debSteps(params, observed),
    ...(params.upgrade !== 'no' && observed.upgradable > 0
      ? [{ said: `upgrade ${observed.upgradable} packages`, actions: [aptGet(params, upgradeVerb(params))] }]
      : []),
    ...(params.autoremove && observed.removable > 0
      ? [
          {
            said: `remove ${observed.removable} packages that nobody needs`,
            actions: [aptGet(params, 'autoremove')],
          },
        ]
      : []),
    ...(params.autoclean ? [{ said: 'clean', actions: [aptGet(params, 'autoclean')], quiet: true }] : []),
    ...(params.clean ? [{ said: 'clean', actions: [aptGet(params, 'clean')], quiet: true }] : []),
  ]
  const steps = [...updateSteps(params, observed, works.length > 0), ...works]
  const result = { cache_updated: steps.some(({ said }) => said === updating) }
  if (steps.length === 0)
    return noChange(`${specs.map(({ text }) => text).join(', ') || 'packages'}: as wanted`, result)
  return {
    actions: steps.flatMap((step) => step.actions),
    changed: steps.some((step) => !step.quiet),
    message: steps.map((step) => step.said).join(', '),
    // Packages bring files, users and services.
    touches: ['*'],
    result: { ...result, packages: differing.map(({ text }) => text) },
  }
}

function differs(spec: PackageSpec, params: AptParams, observed: AptObserved): boolean {
  const installed = observed.installed.find((each) => isMeant(spec, each))
  if (params.state === 'absent') {
    return installed !== undefined || (params.purge && observed.configured.includes(spec.name))
  }
  if (params.only_upgrade && !observed.installed.some(({ name }) => name === spec.name)) return false
  if (installed === undefined) return spec.version !== undefined || !observed.provided.includes(spec.name)
  if (params.state === 'present') return false
  const candidate = observed.candidates[spec.name]
  return candidate !== undefined && candidate !== '(none)' && candidate !== installed.version
}

const updating = 'fetch the package lists'

/** Lists are fetched when they are too old; without a limit, when something is to be installed or nothing else is asked. */
function updateSteps(params: AptParams, observed: AptObserved, works: boolean): readonly Step[] {
  const { cache_valid_time: limit, update_cache: update = limit > 0 } = params
  if (!update) return []
  const fresh = limit > 0 && observed.cacheAge !== null && observed.cacheAge < limit
  const asked = params.name.length > 0 || params.deb !== undefined || params.upgrade !== 'no'
  // For state: latest and for upgrades the newest versions are only known with fresh lists.
  const needed = works || !asked || limit > 0 || params.state === 'latest' || params.upgrade !== 'no'
  if (fresh || !needed) return []
  const action: Action = { do: 'run', argv: ['apt-get', '-q', ...lockOptions(params), 'update'] }
  return [{ said: updating, actions: [action], quiet: asked }]
}

function packageSteps(params: AptParams, differing: readonly PackageSpec[]): readonly Step[] {
  if (differing.length === 0) return []
  const names = differing.map(({ text }) => text)
  if (params.state === 'absent') {
    const words = [
      ...(params.purge ? ['--purge'] : []),
      ...(params.autoremove ? ['--auto-remove'] : []),
      'remove',
    ]
    return [{ said: `remove ${names.join(', ')}`, actions: [aptGet(params, ...words, ...names)] }]
  }
  const verb = params.state === 'latest' ? 'install or upgrade' : 'install'
  return [
    {
      said: `${verb} ${names.join(', ')}`,
      actions: [aptGet(params, ...installWords(params), 'install', ...names)],
    },
  ]
}

function installWords(params: AptParams): readonly string[] {
  const { default_release: release, install_recommends: recommends } = params
  return [
    ...(release === undefined ? [] : ['-t', release]),
    ...(recommends === undefined ? [] : [recommends ? '--install-recommends' : '--no-install-recommends']),
    ...(params.only_upgrade ? ['--only-upgrade'] : []),
  ]
}

function debSteps(params: AptParams, { deb, installed }: AptObserved): readonly Step[] {
  if (params.deb === undefined || deb === null) return []
  if (installed.some((each) => each.name === deb.name && each.version === deb.version)) return []
  // A path makes apt-get take the file, and fetch what it depends on.
  return [
    {
      said: `install ${params.deb}`,
      actions: [aptGet(params, ...installWords(params), 'install', params.deb)],
    },
  ]
}

function lockOptions({ lock_timeout: seconds }: AptParams): readonly string[] {
  return ['-o', `DPkg::Lock::Timeout=${seconds}`]
}

const denyScript = `f=/usr/sbin/policy-rc.d; [ ! -e "$f" ] || { echo "$f is there already" >&2; exit 1; }
trap 'rm -f "$f"' EXIT; printf '#!/bin/sh\\nexit %s\\n' "$1" >"$f" && chmod 755 "$f" || exit; shift; "$@"`

function aptGet(params: AptParams, ...words: readonly string[]): Action {
  const options = params.dpkg_options.split(',').filter((word) => word !== '')
  const argv = [
    ...['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-y', '-q', ...lockOptions(params)],
    ...options.flatMap((option) => ['-o', `Dpkg::Options::=--${option}`]),
    ...(params.allow_unauthenticated || params.force ? ['--allow-unauthenticated'] : []),
    ...(params.allow_downgrade || params.force ? ['--allow-downgrades'] : []),
    ...(params.allow_change_held_packages || params.force ? ['--allow-change-held-packages'] : []),
    ...(params.fail_on_autoremove ? ['--no-remove'] : []),
    ...words,
  ]
  if (params.policy_rc_d === undefined) return { do: 'run', argv }
  return { do: 'run', argv: ['sh', '-c', denyScript, 'sh', String(params.policy_rc_d), ...argv] }
}
