import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { median } from './percentiles.ts'
import { noopPlaybook, openSshRig, type SshRig } from './ssh-rig.ts'
import { timedProcess } from './timed-process.ts'

export interface NoopFigures {
  /** Whole processes, wall time, medians of the rounds; every round runs all three one after the other. */
  readonly kmesosS: number
  readonly sshS: number
  readonly floorS: number
  readonly ratioSsh: number
  readonly ratioFloor: number
  readonly rssMb: number
}

/**
 * A play of 12 tasks with nothing to do on `count` sshd addresses, against `xargs -P ssh HOST true` (as many at once as
 * there are addresses) and against a bare ssh2 script that connects and runs one command on each.
 */
export async function benchNoop(count: number, rounds: number): Promise<NoopFigures> {
  const rig = await openSshRig(count)
  try {
    await writeFile(join(rig.folder, 'site.yml'), noopPlaybook(rig.made))
    const contenders = [kmesosPlay(rig), xargsSsh(rig, count), bareSsh2(rig)]
    // Round 0 makes the files that the play then finds, and warms the page cache for all three.
    const costs = contenders.map(() => [] as number[])
    let rssMb = 0
    for (let round = 0; round <= rounds; round++) {
      for (const [index, argv] of contenders.entries()) {
        const { seconds, peakRssMb } = await timedProcess(argv, rig.folder)
        if (round > 0) costs[index]?.push(seconds)
        if (index === 0) rssMb = Math.max(rssMb, peakRssMb)
      }
    }
    const [kmesosS = NaN, sshS = NaN, floorS = NaN] = costs.map(median)
    return { kmesosS, sshS, floorS, ratioSsh: kmesosS / sshS, ratioFloor: kmesosS / floorS, rssMb }
  } finally {
    await rig.close()
  }
}

export function kmesosPlay(rig: SshRig): readonly string[] {
  const words = ['play', join(rig.folder, 'site.yml'), '-i', rig.hostsFile, '--ssh-config', rig.sshConfig]
  return [process.execPath, 'dist/kmesos.js', ...words]
}

export function xargsSsh(rig: SshRig, atOnce: number): readonly string[] {
  return ['sh', '-c', `xargs -P${atOnce} -I HOST ssh -F ${rig.sshConfig} HOST true < ${rig.hostsFile}`]
}

function bareSsh2(rig: SshRig): readonly string[] {
  const where = [rig.keyFile, rig.user, String(rig.port), ...rig.addresses]
  return [process.execPath, 'test/bench/ssh-floor.mjs', ...where]
}

export function kmesosPing(rig: SshRig): readonly string[] {
  const words = ['ping', 'all', '-i', rig.hostsFile, '--ssh-config', rig.sshConfig]
  return [process.execPath, 'dist/kmesos.js', ...words]
}
