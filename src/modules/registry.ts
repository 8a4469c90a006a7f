import { assertModule } from './assert/module.ts'
import { blockinfileModule } from './blockinfile/module.ts'
import { commandModule } from './command/module.ts'
import { copyModule } from './copy/module.ts'
import { debugModule } from './debug/module.ts'
import { dockerContainerModule } from './docker-container/module.ts'
import { dockerEngineModule } from './docker-engine/module.ts'
import { dockerImageModule } from './docker-image/module.ts'
import { dockerVolumeModule } from './docker-volume/module.ts'
import { failModule } from './fail/module.ts'
import { fileModule } from './file/module.ts'
import { getUrlModule } from './get-url/module.ts'
import { groupModule } from './group/module.ts'
import { lineinfileModule } from './lineinfile/module.ts'
import { mountModule } from './mount/module.ts'
import { packageModule } from './package/module.ts'
import { replaceModule } from './replace/module.ts'
import { scriptModule } from './script/module.ts'
import { serviceModule } from './service/module.ts'
import { setFactModule } from './set-fact/module.ts'
import { shellModule } from './shell/module.ts'
import { sysctlModule } from './sysctl/module.ts'
import { templateModule } from './template/module.ts'
import type { AnyModule } from './types.ts'
import { unarchiveModule } from './unarchive/module.ts'
import { uriModule } from './uri/module.ts'
import { userModule } from './user/module.ts'
import { waitForModule } from './wait-for/module.ts'

const modules: readonly AnyModule[] = [
  ...[
    assertModule,
    blockinfileModule,
    commandModule,
    copyModule,
    debugModule,
    dockerContainerModule,
    dockerEngineModule,
  ],
  ...[
    dockerImageModule,
    dockerVolumeModule,
    failModule,
    fileModule,
    getUrlModule,
    groupModule,
    lineinfileModule,
  ],
  ...[
    mountModule,
    packageModule,
    replaceModule,
    scriptModule,
    serviceModule,
    setFactModule,
    shellModule,
    sysctlModule,
  ],
  ...[templateModule, unarchiveModule, uriModule, userModule, waitForModule],
]

/** Ansible's other names for the same things. */
const aliases: Readonly<Record<string, string>> = {
  systemd: 'service',
  apt: 'package',
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
