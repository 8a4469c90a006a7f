import { cpuUsage } from 'node:process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Connection, Transport } from '../../src/connection/types.ts'
import { loadInventory } from '../../src/inventory/load-inventory.ts'
import { InternalError } from '../../src/kernel/errors.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { loadContent } from '../../src/modules/load-content.ts'
import { runPlays } from '../../src/phases/play-run.ts'
import { loadPlaybook } from '../../src/playbook/load-playbook.ts'
import { noopPlaybook } from './ssh-rig.ts'
import { timedProcess } from './timed-process.ts'

export interface PlanFigures {
  /** The whole process `kmesos play --list-hosts --list-tasks`: inventory, variables, playbook, hosts of each play. */
  readonly plan10kS: number
  readonly rssMb: number
  /** In one process: the inventory read, and all 12 tasks of all hosts planned on answers that come at once. */
  readonly planTasksS: number
  /** CPU of one planned task on one host in that. */
  readonly planTaskMs: number
}

const hostCount = 10_000

/** 10,000 hosts in 100 groups, with variables in the file, in group_vars and in host_vars. */
export async function benchPlan(): Promise<PlanFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'kmesos-plan-'))
  try {
    const inventory = await writeInventory(folder)
    const site = join(folder, 'site.yml')
    await writeFile(site, noopPlaybook('/srv'))
    const argv = ['dist/kmesos.js', 'play', site, '-i', inventory, '--list-hosts', '--list-tasks']
    const listed = await timedProcess([process.execPath, ...argv], folder)
    const before = cpuUsage()
    const planTasksS = await planAll(inventory, site)
    const { user, system } = cpuUsage(before)
    return {
      plan10kS: listed.seconds,
      rssMb: listed.peakRssMb,
      planTasksS,
      planTaskMs: (user + system) / 1000 / (hostCount * 12),
    }
  } finally {
    if (!process.env.KEEP) await rm(folder, { recursive: true, force: true })
    else console.log(folder)
  }
}

async function writeInventory(folder: string): Promise<string> {
  const perGroup = hostCount / 100
  const groups = Array.from({ length: 100 }, (_, group) => {
    const from = String(group * perGroup).padStart(5, '0')
    const to = String((group + 1) * perGroup - 1).padStart(5, '0')
    return `[rack${group}]\nc[${from}:${to}] rack=${group} ansible_user=ops\n\n[rack${group}:vars]\ngateway=10.${group}.0.1\n`
  })
  const children = ['[compute:children]', ...Array.from({ length: 100 }, (_, group) => `rack${group}`), '']
  await writeFile(join(folder, 'hosts'), [...groups, ...children].join('\n'))
  await mkdir(join(folder, 'group_vars'))
  await mkdir(join(folder, 'host_vars'))
  const many = Array.from({ length: 200 }, (_, index) => `service_${index}_port: ${9000 + index}`)
  await writeFile(join(folder, 'group_vars/all.yml'), `${many.join('\n')}\n`)
  for (let index = 0; index < 100; index++)
    await writeFile(join(folder, `host_vars/c${String(index).padStart(5, '0')}.yml`), `slot: ${index}\n`)
  return join(folder, 'hosts')
}

async function planAll(inventoryFile: string, site: string): Promise<number> {
  const started = performance.now()
  const inventory = await loadInventory([inventoryFile])
  const recap = await runPlays(loadPlaybook(site), {
    ...{
      inventory,
      transport: emptyHosts,
      clock: systemClock,
      content: loadContent(),
      forks: 50,
      check: true,
    },
    reporter: { report: () => undefined, close: () => Promise.resolve() },
  })
  const planned = recap.hosts.reduce((sum, host) => sum + host.changed, 0)
  if (planned !== hostCount * 12)
    throw new InternalError(`${planned} of ${hostCount * 12} changes were planned`)
  return (performance.now() - started) / 1000
}

/** Hosts that answer at once, and on which there is nothing. */
const emptyHosts: Transport = {
  connect: (host) =>
    Promise.resolve({
      host: host.name,
      exec: (_argv, options) => {
        const program = String(options?.stdin)
        const token = /^T=(\w+);/m.exec(program)?.[1] ?? ''
        for (const [, index] of program.matchAll(/^echo "\$T ask (\d+)"/gm))
          for (const line of [`${token} ask ${index}`, '', `${token} told ${index} 1`])
            options?.onLine?.(line, 'stdout')
        options?.onLine?.(`${token} done`, 'stdout')
        return Promise.resolve({ exitCode: 0, stdout: '', stderr: '' })
      },
      upload: () => Promise.reject(new InternalError('nothing is uploaded in check mode')),
      download: () => Promise.reject(new InternalError('nothing is downloaded')),
      close: () => Promise.resolve(),
    } satisfies Partial<Connection> as unknown as Connection),
  close: () => Promise.resolve(),
}
