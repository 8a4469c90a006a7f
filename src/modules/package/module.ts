import { textIn } from '../observation.ts'
import { defineModule } from '../types.ts'
import { planPackages, type PackagesObserved, type PackageParams } from './plan.ts'
import { packagesScript, readPackages } from './probe.ts'

export const packageModule = defineModule<PackageParams, PackagesObserved>({
  name: 'package',
  summary: 'installs or removes packages with apt or dnf',
  schema: {
    params: {
      name: { type: 'list', required: true, aliases: ['pkg'] },
      state: { type: 'text', choices: ['present', 'absent', 'installed', 'removed'], default: 'present' },
      provides: {
        type: 'text',
        about: 'a program; where the host has it, however installed, nothing is to do',
      },
      use: {
        type: 'text',
        choices: ['auto', 'apt', 'dnf', 'yum'],
        default: 'auto',
        about: 'without effect: the host tells',
      },
      install_recommends: {
        type: 'flag',
        default: false,
        about: 'with apt; Ansible leaves it to the host',
      },
      update_cache: { type: 'flag', default: true, about: 'fetch the package lists before installing' },
    },
  },
  questions: (params) => ({
    packages: { ask: 'sh', script: packagesScript(params.name.map(String), params.provides) },
  }),
  observe: (answers) => readPackages(textIn(answers['packages']).text),
  plan: planPackages,
})
