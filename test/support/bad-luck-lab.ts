import { join } from 'node:path'
import type { Lab } from '../lab/lab.ts'
import { openTestLab } from '../lab/test-lab.ts'
import { openKmesosProgram, type KmesosProgram } from './kmesos-program.ts'

/** Lab hosts of one test file, and the bundled program that reaches them. */
export interface BadLuckLab {
  readonly lab: Lab
  readonly kmesos: KmesosProgram
  /** Writes an inventory in which the machine `aio` (or another name) is a lab host; gives its words `-i FILE`. */
  readonly reach: (octet: number, vars?: Readonly<Record<string, string>>, name?: string) => Promise<string[]>
  /** Runs a line of shell on a lab host; gives its output. */
  readonly on: (host: string, line: string) => Promise<string>
  readonly close: () => Promise<void>
}

export const allInOne = ['-i', join(import.meta.dirname, '../../inventory/all-in-one')]

export async function openBadLuckLab(name: string, network: number): Promise<BadLuckLab> {
  const kmesos = await openKmesosProgram(name)
  const { lab, close } = await openTestLab(name, network)
  let files = 0
  return {
    lab,
    kmesos,
    reach: async (octet, vars = {}, host = 'aio') => {
      const all = {
        ansible_host: lab.address(octet),
        ansible_user: 'root',
        ansible_ssh_private_key_file: lab.privateKeyFile,
        ...vars,
      }
      const words = Object.entries(all).map(([key, value]) => `${key}=${value}`)
      return ['-i', await kmesos.write(`hosts-${++files}`, `${host} ${words.join(' ')}\n`)]
    },
    on: async (host, line) => (await lab.trySh(host, ['sh', '-c', line])).stdout,
    close: async () => {
      await close()
      await kmesos.close()
    },
  }
}
