import { mkdir } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError } from '../kernel/errors.ts'
import type { FileSpec } from '../start-spec/types.ts'
import { startChild } from './child.ts'
import type { Launcher } from './container.ts'
import { findGroup, findUser, type Accounts } from './users.ts'
import { writeRendered, type RenderedFile } from './write-file.ts'

export interface LaunchSetting {
  readonly accounts: Accounts
  readonly redact: (text: string) => string
}

/** A file of the spec with its rendered text. */
export interface FileContent {
  readonly spec: FileSpec
  readonly content: string
}

/** Starts the words themselves. */
export function plainLauncher(setting: LaunchSetting): Launcher {
  return {
    start: (request) => {
      const user = request.user === undefined ? undefined : findUser(setting.accounts, request.user)
      return startChild({ ...request, user, redact: setting.redact })
    },
  }
}

/** Owner by name; the owner's own group unless told. */
export function placedFile(file: FileContent, accounts: Accounts): RenderedFile {
  const owner = file.spec.owner === undefined ? undefined : findUser(accounts, file.spec.owner)
  const gid = file.spec.group === undefined ? undefined : findGroup(accounts, file.spec.group)
  return {
    dest: file.spec.dest,
    content: file.content,
    mode: Number.parseInt(file.spec.mode, 8),
    uid: owner?.uid ?? process.geteuid?.() ?? 0,
    gid: gid ?? owner?.gid ?? process.getegid?.() ?? 0,
  }
}

export interface KollaSetting extends LaunchSetting {
  /** Where kolla_set_configs looks, /var/lib/kolla/config_files. */
  readonly folder: string
  /** Kolla's mark that the configuration was copied once, /configured. */
  readonly configuredMark: string
  /** KOLLA_CONFIG_STRATEGY of the container. */
  readonly strategy: 'COPY_ONCE' | 'COPY_ALWAYS'
  readonly files: () => readonly FileContent[]
}

/**
 * Goes through kolla_start, which copies the files that config.json names to their places and then runs its command.
 * With COPY_ONCE kolla_start keeps the first command for ever, so all later ones are started directly.
 */
export function kollaLauncher(setting: KollaSetting): Launcher {
  const plain = plainLauncher(setting)
  return {
    start: async (request) => {
      if (setting.strategy === 'COPY_ONCE' && existsSync(setting.configuredMark)) return plain.start(request)
      await writeKollaFolder(setting, request.argv)
      const environment = { KOLLA_CONFIG_STRATEGY: setting.strategy, ...request.environment }
      return plain.start({ ...request, argv: ['kolla_start'], environment })
    },
  }
}

/** config.json, from the words and files. kolla_start splits the command at blanks and knows no quotes. */
export function kollaConfig(argv: readonly string[], files: readonly FileSpec[], folder: string): string {
  const broken = argv.find((word) => word === '' || /[\s"'\\]/.test(word))
  if (broken !== undefined) {
    throw new ConfigError(`kolla_start cannot pass the word ${JSON.stringify(broken)} on`, [], {
      hint: 'put the command into a script file of the service, or use strategy: plain',
    })
  }
  const entries = files.map((file) => ({
    source: join(folder, file.name),
    dest: file.dest,
    owner: file.group === undefined ? (file.owner ?? 'root') : `${file.owner ?? 'root'}:${file.group}`,
    perm: file.mode,
  }))
  return `${JSON.stringify({ command: argv.join(' '), config_files: entries }, null, 2)}\n`
}

/** Read by kolla_set_configs as root; nobody else needs to. */
async function writeKollaFolder(setting: KollaSetting, argv: readonly string[]): Promise<void> {
  await mkdir(setting.folder, { recursive: true })
  const files = setting.files()
  const owned = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 }
  for (const { spec, content } of files) {
    await writeRendered({ dest: join(setting.folder, spec.name), content, mode: 0o600, ...owned })
  }
  const specs = files.map((file) => file.spec)
  const content = kollaConfig(argv, specs, setting.folder)
  await writeRendered({ dest: join(setting.folder, 'config.json'), content, mode: 0o644, ...owned })
}
