import { addHostModule } from './add-host/module.ts'
import { aptModule } from './apt/module.ts'
import { assertModule } from './assert/module.ts'
import { authorizedKeyModule } from './authorized-key/module.ts'
import { blockinfileModule } from './blockinfile/module.ts'
import { commandModule } from './command/module.ts'
import { copyModule } from './copy/module.ts'
import { cronModule } from './cron/module.ts'
import { debugModule } from './debug/module.ts'
import { dockerContainerModule } from './docker-container/module.ts'
import { dockerEngineModule } from './docker-engine/module.ts'
import { dockerImageModule } from './docker-image/module.ts'
import { dockerVolumeModule } from './docker-volume/module.ts'
import { failModule } from './fail/module.ts'
import { fetchModule } from './fetch/module.ts'
import { fileModule } from './file/module.ts'
import { findModule } from './find/module.ts'
import { getUrlModule } from './get-url/module.ts'
import { getentModule } from './getent/module.ts'
import { gitModule } from './git/module.ts'
import { groupByModule } from './group-by/module.ts'
import { groupModule } from './group/module.ts'
import { hostnameModule } from './hostname/module.ts'
import { includeVarsModule } from './include-vars/module.ts'
import { iptablesModule } from './iptables/module.ts'
import { knownHostsModule } from './known-hosts/module.ts'
import { lineinfileModule } from './lineinfile/module.ts'
import { modprobeModule } from './modprobe/module.ts'
import { mountModule } from './mount/module.ts'
import { packageModule } from './package/module.ts'
import { pauseModule } from './pause/module.ts'
import { pingModule } from './ping/module.ts'
import { replaceModule } from './replace/module.ts'
import { scriptModule } from './script/module.ts'
import { serviceModule } from './service/module.ts'
import { setFactModule } from './set-fact/module.ts'
import { setupModule } from './setup/module.ts'
import { shellModule } from './shell/module.ts'
import { slurpModule } from './slurp/module.ts'
import { statModule } from './stat/module.ts'
import { sysctlModule } from './sysctl/module.ts'
import { systemdModule } from './systemd/module.ts'
import { tempfileModule } from './tempfile/module.ts'
import { templateModule } from './template/module.ts'
import { timezoneModule } from './timezone/module.ts'
import type { AnyModule } from './types.ts'
import { unarchiveModule } from './unarchive/module.ts'
import { uriModule } from './uri/module.ts'
import { userModule } from './user/module.ts'
import { validateArgumentSpecModule } from './validate-argument-spec/module.ts'
import { waitForModule } from './wait-for/module.ts'

const modules: readonly AnyModule[] = [
  ...[aptModule, assertModule, authorizedKeyModule, blockinfileModule, commandModule, copyModule],
  ...[addHostModule, groupByModule, includeVarsModule],
  ...[
    cronModule,
    debugModule,
    dockerContainerModule,
    dockerEngineModule,
    dockerImageModule,
    dockerVolumeModule,
  ],
  ...[fetchModule, gitModule, iptablesModule, knownHostsModule],
  ...[failModule, fileModule, findModule, getUrlModule, getentModule, groupModule],
  ...[hostnameModule, lineinfileModule, modprobeModule, mountModule, packageModule, pauseModule],
  ...[pingModule, replaceModule, scriptModule, serviceModule, setFactModule, setupModule],
  ...[shellModule, slurpModule, statModule, sysctlModule, systemdModule, tempfileModule],
  ...[templateModule, timezoneModule, unarchiveModule, uriModule, userModule, waitForModule],
  validateArgumentSpecModule,
]

/** Ansible's other names for the same things. */
const aliases: Readonly<Record<string, string>> = {
  systemd_service: 'systemd',
  raw: 'shell',
  gather_facts: 'setup',
  dnf: 'package',
  yum: 'package',
}

const byName = new Map(modules.map((module) => [module.name, module]))

/** The module of a name, with or without Ansible's collection (`ansible.builtin.copy`). */
export function moduleNamed(name: string): AnyModule | undefined {
  const short = shortName(name)
  return byName.get(aliases[short] ?? short)
}

export function shortName(name: string): string {
  return name.replace(/^(ansible\.(builtin|legacy|posix)|community\.(docker|general))\./, '')
}

export const moduleNames: readonly string[] = [...byName.keys(), ...Object.keys(aliases)]
