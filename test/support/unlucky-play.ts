import * as assert from 'uvu/assert'
import { openBadLuckLab, type BadLuckLab } from './bad-luck-lab.ts'
import type { ProgramEnd } from './kmesos-program.ts'

/** A host of the play: its lab number, and variables beside those that all have. */
export interface PlayedHost {
  readonly octet: number
  readonly vars?: Readonly<Record<string, string>>
}

/** A lab whose hosts a playbook runs on while something happens to them. */
export interface PlayLab extends BadLuckLab {
  /** Words of a run of this playbook on these hosts. */
  readonly words: (playbook: string, hosts: Readonly<Record<string, PlayedHost>>) => Promise<string[]>
  /** Waits until a line of shell on a host is true. */
  readonly until: (host: string, condition: string) => Promise<void>
}

/** A connection that nobody answers on is lost after about three seconds. */
const aliveArgs = '"-o ServerAliveInterval=1 -o ServerAliveCountMax=3"'

export async function openPlayLab(name: string, network: number): Promise<PlayLab> {
  const rig = await openBadLuckLab(name, network)
  let files = 0
  return {
    ...rig,
    words: async (playbook, hosts) => {
      const file = await rig.kmesos.write(`play-${++files}.yml`, playbook)
      const inventory: string[] = []
      for (const [host, { octet, vars = {} }] of Object.entries(hosts))
        inventory.push(...(await rig.reach(octet, { ansible_ssh_common_args: aliveArgs, ...vars }, host)))
      return ['play', file, ...inventory]
    },
    until: async (host, condition) => {
      const line = `until ${condition}; do sleep 0.1; done`
      const { code } = await rig.lab.trySh(host, ['timeout', '120', 'sh', '-c', line])
      assert.is(code, 0, `never true on ${host}: ${condition}`)
    },
  }
}

/** A command that tells its beginning and its end in a file, and 400 lines between; half-way it waits for /root/NAME.go. */
export function gatedCommand(name: string): string {
  return [
    `echo begin >>/root/${name}.effects`,
    'i=0; while [ $i -lt 400 ]; do i=$((i+1)); echo "line $i"',
    `[ $i != 200 ] || { : >/root/${name}.half; until [ -e /root/${name}.go ]; do sleep 0.1; done; }; done`,
    `echo end >>/root/${name}.effects`,
  ].join('; ')
}

/** The whole output of a gated command, as it is registered. */
export const gatedOutput = Array.from({ length: 400 }, (_, index) => `line ${index + 1}`).join('\n')

export function assertCode(end: ProgramEnd, code: number): void {
  assert.is(end.code, code, `${end.stdout}\n--- stderr\n${end.stderr}`)
}
