import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { kmesosPlay } from './noop.ts'
import { median } from './percentiles.ts'
import { noopPlaybook, openSshRig, type SshRig } from './ssh-rig.ts'
import { timedProcess } from './timed-process.ts'

export interface AnsibleFigures {
  readonly ansibleS: number
  readonly kmesosS: number
  /** How many times faster kmesos is. */
  readonly ratio: number
}

/** The no-op play of 12 tasks, by Debian's Ansible (as many forks as hosts, pipelining) and by kmesos, in turns. */
export async function benchAnsible(count: number, rounds: number): Promise<AnsibleFigures> {
  const rig = await openSshRig(count)
  try {
    const at = (name: string): string => join(rig.folder, name)
    await writeFile(at('site.yml'), noopPlaybook(rig.made))
    await writeFile(at('ansible.yml'), noopPlaybook(rig.made).replaceAll(/<%= (\w+) %>/g, '{{ $1 }}'))
    await writeFile(at('ansible.cfg'), ansibleSettings(rig))
    const contenders = [kmesosPlay(rig), ansiblePlay(rig)]
    const costs = contenders.map(() => [] as number[])
    // Round 0 makes what the others then find.
    for (let round = 0; round <= rounds; round++) {
      for (const [index, argv] of contenders.entries()) {
        const { seconds } = await timedProcess(argv, rig.folder)
        if (round > 0) costs[index]?.push(seconds)
      }
    }
    const [kmesosS = NaN, ansibleS = NaN] = costs.map(median)
    return { kmesosS, ansibleS, ratio: ansibleS / kmesosS }
  } finally {
    await rig.close()
  }
}

function ansibleSettings(rig: SshRig): string {
  return [
    '[defaults]',
    `forks = ${rig.addresses.length}`,
    `local_tmp = ${rig.folder}/ansible-local`,
    'interpreter_python = /usr/bin/python3',
    'retry_files_enabled = false',
    '[ssh_connection]',
    'pipelining = true',
    `ssh_args = -F ${rig.sshConfig} -o ControlMaster=auto -o ControlPersist=60s`,
    `control_path_dir = ${rig.folder}/cp`,
    '',
  ].join('\n')
}

function ansiblePlay(rig: SshRig): readonly string[] {
  const settings = [`ANSIBLE_CONFIG=${join(rig.folder, 'ansible.cfg')}`, 'LC_ALL=C.UTF-8']
  return ['env', ...settings, 'ansible-playbook', '-i', rig.hostsFile, join(rig.folder, 'ansible.yml')]
}
