import { spawnSync } from 'node:child_process'
import type { ConnectionSettings } from '../inventory/connection-vars.ts'
import { ConfigError } from '../kernel/errors.ts'
import { countOf } from '../kernel/problems.ts'
import { loadSshConfig } from './load-ssh-config.ts'
import { parseSshOption, type SshConfig } from './ssh-config.ts'
import { typeOptions, type SshOptions } from './ssh-options.ts'
import { collectOptions, type SshQuery } from './ssh-resolve.ts'
import type { TransportOptions } from './transport-options.ts'

/** OpenSSH's configuration as a run sees it: each file is read once, each Match exec runs once. */
export class SshOptionsSource {
  readonly #options: TransportOptions
  readonly #files = new Map<string, SshConfig>()
  readonly #given = new Map<string, SshConfig>()
  readonly #executed = new Map<string, boolean>()

  constructor(options: TransportOptions) {
    this.#options = options
  }

  /** What the ssh arguments of the inventory and the files say for one host. Throws ConfigError with all faults. */
  resolve(settings: ConnectionSettings): SshOptions {
    const { home, localUser, localHost, uid, environment, allowConfigExec } = this.#options
    const user = settings.user ?? this.#options.user
    const query: SshQuery = {
      originalHost: settings.address,
      localUser,
      localHost,
      home,
      uid,
      ...(environment === undefined ? {} : { environment }),
      ...(allowConfigExec === true ? { exec: (command) => this.#exec(command) } : {}),
      ...(user === undefined ? {} : { user }),
      ...(settings.port === undefined ? {} : { port: settings.port }),
    }
    const raw = collectOptions([...this.#givenOptions(settings), ...this.#configsFor(settings)], query)
    return typeOptions(raw, query)
  }

  #givenOptions(settings: ConnectionSettings): readonly SshConfig[] {
    const configs = settings.sshOptions.map(({ name, value }) => {
      const key = `${name}=${value}`
      const known = this.#given.get(key) ?? parseSshOption(name, value, `-o ${key}`)
      this.#given.set(key, known)
      return known
    })
    const problems = configs.flatMap((config) => config.problems)
    if (problems.length === 0) return configs
    throw new ConfigError(
      `the ssh arguments of ${settings.host} have ${countOf(problems.length, 'problem')}:`,
      problems,
    )
  }

  #configsFor(settings: ConnectionSettings): readonly SshConfig[] {
    const { home, sshConfigFiles } = this.#options
    const files =
      settings.sshConfigFile === undefined
        ? (sshConfigFiles ?? [`${home}/.ssh/config`, '/etc/ssh/ssh_config'])
        : [settings.sshConfigFile]
    return files
      .filter((file) => file !== 'none')
      .map((file) => {
        const known = this.#files.get(file) ?? loadSshConfig(file, home)
        this.#files.set(file, known)
        return known
      })
  }

  #exec(command: string): boolean {
    const known = this.#executed.get(command)
    if (known !== undefined) return known
    const holds = spawnSync('sh', ['-c', command], { stdio: 'ignore' }).status === 0
    this.#executed.set(command, holds)
    return holds
  }
}
