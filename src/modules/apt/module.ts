import { textIn } from '../observation.ts'
import { defineModule } from '../types.ts'
import { planApt } from './plan.ts'
import { aptScript, readApt } from './probe.ts'
import type { AptObserved, AptParams } from './types.ts'

const off = { type: 'flag', default: false } as const

export const aptModule = defineModule<AptParams, AptObserved>({
  name: 'apt',
  summary: 'installs, upgrades or removes Debian packages',
  schema: {
    params: {
      name: {
        type: 'list',
        default: [],
        aliases: ['pkg', 'package'],
        about: '`name`, `name=1.2*`, `name/release`, `name:arch`',
      },
      state: { type: 'text', choices: ['present', 'absent', 'latest'], default: 'present' },
      update_cache: {
        type: 'flag',
        aliases: ['update-cache'],
        about: 'fetch the package lists; with packages that are all there it is not needed, and not done',
      },
      cache_valid_time: {
        type: 'integer',
        default: 0,
        about: 'seconds for which lists are fresh; turns update_cache on',
      },
      default_release: { type: 'text', aliases: ['default-release'] },
      install_recommends: {
        type: 'flag',
        aliases: ['install-recommends'],
        about: "apt's own setting unless told",
      },
      purge: { ...off, about: 'with state: absent, configuration too' },
      autoremove: { ...off, about: 'remove what was installed for others alone' },
      autoclean: off,
      clean: off,
      only_upgrade: { ...off, about: 'install nothing that is not there' },
      upgrade: {
        type: 'text',
        choices: ['no', 'yes', 'safe', 'dist', 'full'],
        default: 'no',
        words: ['true', 'false'],
      },
      deb: { type: 'path', about: 'package file on the host' },
      dpkg_options: { type: 'text', default: 'force-confdef,force-confold' },
      lock_timeout: { type: 'integer', default: 60, about: 'seconds' },
      allow_unauthenticated: { ...off, aliases: ['allow-unauthenticated'] },
      allow_downgrade: { ...off, aliases: ['allow-downgrade', 'allow_downgrades', 'allow-downgrades'] },
      allow_change_held_packages: off,
      fail_on_autoremove: { ...off, about: 'fail when something would be removed' },
      force: { ...off, about: 'allow all three of the above' },
      policy_rc_d: { type: 'integer', about: '101: services of the packages are not started' },
      force_apt_get: { ...off, about: 'it always is' },
    },
    oneOf: [
      ['name', 'update_cache', 'cache_valid_time', 'upgrade', 'deb', 'autoremove', 'autoclean', 'clean'],
    ],
    unsupported: {
      update_cache_retries: 'use until and retries',
      update_cache_retry_max_delay: 'use until, retries and delay',
    },
  },
  questions: (params) => ({ packages: { ask: 'sh', script: aptScript(params) } }),
  observe: (answers) => readApt(textIn(answers['packages']).text),
  plan: (params, observed) => planApt(withUpgrade(params), observed),
})

/** YAML reads `upgrade: yes` as true. */
function withUpgrade(params: AptParams): AptParams {
  const words: Readonly<Record<string, AptParams['upgrade']>> = { true: 'yes', false: 'no' }
  return { ...params, upgrade: words[params.upgrade] ?? params.upgrade }
}
