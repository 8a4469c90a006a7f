import type { DifferentialCase } from './case.ts'
import type { Lab } from '../../lab/lab.ts'
import type { HostOptions } from '../../lab/host-options.ts'
import type { RunOutcome } from './outcome.ts'
import { runAnsible } from './run-ansible.ts'
import { runKmesos, type DialectRun } from './run-kmesos.ts'

/** One of the two programs with a lab of its own: the same names and numbers of hosts in both, in different networks. */
export class Side {
  readonly name: 'ansible' | 'kmesos'
  readonly lab: Lab
  readonly #image: Buffer
  #nextOctet = 11
  readonly #octets = new Map<string, number>()

  /** `image`: the archive of case/busybox:1, loaded where a case has Docker. */
  constructor(name: 'ansible' | 'kmesos', lab: Lab, image: Buffer) {
    this.name = name
    this.lab = lab
    this.#image = image
  }

  /** Case and inventory name together are the host's own name, cut to what a host name may be. */
  hostName(one: DifferentialCase, host: string): string {
    return `${one.name.slice(0, 24).replace(/-$/, '')}-${host}`
  }

  async up(one: DifferentialCase, host: string): Promise<void> {
    const name = this.hostName(one, host)
    const octet = this.#nextOctet++
    this.#octets.set(name, octet)
    await this.lab.up(name, octet, this.#options(one))
    await this.lab.waitReady(name, bootLimitMs)
    if (!one.docker) return
    await this.lab.sh(name, ['sh', '-c', 'base64 -d | docker import -c "CMD [\\"sh\\"]" - case/busybox:1'], {
      input: this.#image.toString('base64'),
    })
  }

  /** Only Ansible's hosts have Python. */
  #options(one: DifferentialCase): HostOptions {
    return {
      ...one.hostOptions,
      flavor: this.name === 'ansible' ? 'python' : 'plain',
      hostsFile: [`${this.lab.gateway} files.test`],
    }
  }

  connectionWords(one: DifferentialCase, host: string): string {
    const octet = this.#octets.get(this.hostName(one, host)) ?? 0
    return [
      `ansible_host=${this.lab.address(octet)}`,
      `ansible_user=${one.user}`,
      `ansible_ssh_private_key_file=${this.lab.privateKeyFile}`,
    ].join(' ')
  }

  run(run: DialectRun): Promise<RunOutcome> {
    return this.name === 'ansible' ? runAnsible(run) : runKmesos(run)
  }

  async remove(one: DifferentialCase, host: string): Promise<void> {
    await this.lab.remove(this.hostName(one, host))
  }
}

const bootLimitMs = 4 * 60_000
