import { cpuUsage } from 'node:process'
import type { Transport } from '../../src/connection/types.ts'
import { InternalError } from '../../src/kernel/errors.ts'
import { inventoryOf, makeFolder, runPlaybook } from '../support/run-playbook.ts'

export interface SkipFigures {
  /** CPU milliseconds of one skipped task on one host, everything included that grows with their number. */
  readonly skipMs: number
}

const hosts = 500
const fewTasks = 20
const manyTasks = 220
/** As many as a site of Kolla's size brings along. */
const variables = 400

/**
 * CPU of a skipped task: 500 hosts with 400 variables each, a play of 220 tasks whose conditions are false against one
 * of 20, so that what a run and a host cost once is taken off. No host is connected to.
 */
export async function benchSkip(): Promise<SkipFigures> {
  await measure(fewTasks)
  const few = await measure(fewTasks)
  const many = await measure(manyTasks)
  return { skipMs: (many - few) / (hosts * (manyTasks - fewTasks)) }
}

async function measure(tasks: number): Promise<number> {
  const folder = makeFolder({ 'site.yml': playbook(tasks) })
  try {
    const inventory = inventoryOf(
      Object.fromEntries(
        Array.from({ length: hosts }, (_, index) => [`h${index}`, { groups: ['web'], vars: hostVars() }]),
      ),
    )
    const started = cpuUsage()
    const { recap } = await runPlaybook(`${folder.path}/site.yml`, {
      inventory,
      transport: { ...noTransport(), programs: [], connections: 0 },
    })
    const { user, system } = cpuUsage(started)
    const skipped = recap.hosts.reduce((sum, host) => sum + host.skipped, 0)
    if (skipped !== hosts * tasks)
      throw new InternalError(`${skipped} of ${hosts * tasks} tasks were skipped`)
    return (user + system) / 1000
  } finally {
    folder.remove()
  }
}

function hostVars(): Record<string, unknown> {
  return Object.fromEntries(
    Array.from({ length: variables }, (_, index) => [
      `service_${index}_port`,
      index % 4 === 0 ? `<%= base_port + ${index} %>` : index,
    ]),
  )
}

function playbook(tasks: number): string {
  return [
    '- name: nothing to do',
    '  hosts: all',
    '  gather_facts: false',
    '  vars: { base_port: 9000 }',
    '  tasks:',
    ...Array.from(
      { length: tasks },
      (_, index) =>
        `    - { name: task ${index}, copy: { content: "<%= service_${index}_port %>", dest: /etc/f${index} }, when: "service_${index}_port > 60000 && inventory_hostname !== 'h1'" }`,
    ),
    '',
  ].join('\n')
}

function noTransport(): Transport {
  return {
    connect: () => Promise.reject(new InternalError('a skipped task connected to a host')),
    close: () => Promise.resolve(),
  }
}
