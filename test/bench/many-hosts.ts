import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { countAtOnce } from './count-at-once.ts'
import { kmesosPing, kmesosPlay, xargsSsh } from './noop.ts'
import { noopPlaybook, openSshRig } from './ssh-rig.ts'
import { timedProcess } from './timed-process.ts'

export interface ManyHostsFigures {
  readonly playS: number
  readonly pingS: number
  readonly sshS: number
  /** The slower of ping and no-op play, to `xargs -P64 ssh`. */
  readonly ratioSsh: number
  readonly peakRssMb: number
  /** CPU of kmesos itself for one host of the no-op play. */
  readonly cpuMsPerHost: number
  /** Connections open at the same time, as the kernel counted them. */
  readonly peakConnections: number
}

/** One sshd on many addresses: ping and no-op play by kmesos, `xargs -P64 ssh HOST true`. */
export async function benchManyHosts(count: number): Promise<ManyHostsFigures> {
  const rig = await openSshRig(count)
  try {
    await writeFile(join(rig.folder, 'site.yml'), noopPlaybook(rig.made))
    await timedProcess(kmesosPlay(rig), rig.folder)
    const connections = countAtOnce(() => openConnections(rig.port))
    const play = await timedProcess(kmesosPlay(rig), rig.folder)
    const peakConnections = await connections.stop()
    const ping = await timedProcess(kmesosPing(rig), rig.folder)
    const ssh = await timedProcess(xargsSsh(rig, 64), rig.folder)
    return {
      playS: play.seconds,
      pingS: ping.seconds,
      sshS: ssh.seconds,
      ratioSsh: Math.max(play.seconds, ping.seconds) / ssh.seconds,
      peakRssMb: Math.max(play.peakRssMb, ping.peakRssMb),
      cpuMsPerHost: (play.cpuSeconds * 1000) / count,
      peakConnections,
    }
  } finally {
    await rig.close()
  }
}

const established = '01'

/** Client ends of open connections to the port, by the kernel's table (proc(5): addresses in hex, state 01). */
async function openConnections(port: number): Promise<number> {
  const remote = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const rows = (await readFile('/proc/net/tcp', 'utf8')).split('\n')
  return rows.filter((row) => {
    const [, , to = '', state] = row.trim().split(/\s+/)
    return to.endsWith(remote) && state === established
  }).length
}
