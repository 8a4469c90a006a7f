import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { createTransport } from '../../src/connection/host-transport.ts'
import type { Transport } from '../../src/connection/types.ts'
import type { Inventory } from '../../src/inventory/types.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { loadContent } from '../../src/modules/load-content.ts'
import { runPlays } from '../../src/phases/play-run.ts'
import { loadPlaybook } from '../../src/playbook/load-playbook.ts'
import type { TaskResultEvent } from '../../src/reporter/types.ts'
import type { Lab } from '../lab/lab.ts'
import { openTestLab } from '../lab/test-lab.ts'
import { inventoryOf, makeFolder, type Folder } from './run-playbook.ts'

/** One module's work on a real host. */
export interface RealCase {
  readonly title: string
  /** Shell on the host beforehand. */
  readonly before?: string
  /** YAML of the task (or of several), as in a playbook; indented by nothing. */
  readonly tasks: string
  /** Shell on the host that must end with 0 afterwards. */
  readonly holds?: string
  /** Part of the message of the failure that is wanted; the host must then still pass `holds`. */
  readonly fails?: RegExp
  /** It acts each time by its nature. */
  readonly always?: boolean
  /** It changes nothing at all, already the first time. */
  readonly reads?: boolean
}

/** A lab host on which modules do their work over SSH. */
export interface RealHost {
  readonly lab: Lab
  /** The play's folder on this machine, for files/ and templates/. */
  readonly folder: Folder
  /** Runs shell on the host; throws when it fails. */
  sh(line: string): Promise<string>
  /** The whole of a case: foreseen, done, held, and nothing the second time. */
  prove(given: RealCase): Promise<readonly TaskResultEvent[]>
  play(tasks: string, options?: { readonly check?: boolean }): Promise<readonly TaskResultEvent[]>
  close(): Promise<void>
}

export async function openRealHost(
  name: string,
  number: number,
  options: Parameters<Lab['up']>[2] = {},
): Promise<RealHost> {
  const { lab, close } = await openTestLab(name, number)
  await lab.up('h1', 11, options)
  await lab.waitReady('h1')
  const folder = makeFolder()
  const transport = createTransport({
    ...{ clock: systemClock, home: folder.path, localUser: 'root', localHost: 'test', uid: 0 },
    ...{ sshConfigFiles: [], knownHostsFile: join(folder.path, 'known_hosts') },
  })
  const inventory = inventoryOf({
    h1: {
      vars: {
        ansible_host: lab.address(11),
        ansible_user: 'root',
        ansible_ssh_private_key_file: lab.privateKeyFile,
        ansible_ssh_common_args: '-o StrictHostKeyChecking=accept-new',
      },
    },
  })
  const host = { lab, folder, transport, inventory }
  const sh = async (line: string): Promise<string> => {
    const result = await lab.trySh('h1', ['sh', '-c', line])
    assert.is(result.code, 0, `${line}\n${result.stdout}${result.stderr}`)
    return result.stdout
  }
  const play: RealHost['play'] = (tasks, { check = false } = {}) => playTasks(host, tasks, check)
  return {
    ...{ lab, folder, sh, play },
    prove: (given) => prove(given, { sh, play }),
    close: async () => {
      await transport.close()
      folder.remove()
      await close()
    },
  }
}

async function playTasks(
  host: {
    readonly folder: Folder
    readonly transport: Transport
    readonly inventory: Inventory
  },
  tasks: string,
  check: boolean,
): Promise<readonly TaskResultEvent[]> {
  const indented = tasks.trim().replace(/^/gm, '    ')
  const file = host.folder.write('play.yml', `- hosts: all\n  gather_facts: false\n  tasks:\n${indented}\n`)
  const results: TaskResultEvent[] = []
  await runPlays(loadPlaybook(file), {
    ...{
      inventory: host.inventory,
      transport: host.transport,
      clock: systemClock,
      content: loadContent(),
      check,
    },
    reporter: {
      report: (event) => void (event.kind === 'task-result' && results.push(event)),
      close: () => Promise.resolve(),
    },
  })
  return results
}

async function prove(
  given: RealCase,
  host: Pick<RealHost, 'sh' | 'play'>,
): Promise<readonly TaskResultEvent[]> {
  if (given.before !== undefined) await host.sh(given.before)
  if (given.fails) {
    const results = await host.play(given.tasks)
    const failed = results.find((result) => result.status === 'failed')
    assert.ok(failed, `must fail: ${shown(results)}`)
    assert.match(shown(results), given.fails)
    if (given.holds !== undefined) await host.sh(given.holds)
    return results
  }
  const statuses = (results: readonly TaskResultEvent[]): readonly string[] =>
    results.map(({ status }) => status)
  const wanted = given.reads ? 'ok' : 'changed'
  const foreseen = await host.play(given.tasks, { check: true })
  const done = await host.play(given.tasks)
  assert.ok(statuses(done).includes(wanted), `wanted ${wanted}: ${shown(done)}`)
  assert.not(statuses(done).includes('failed'), shown(done))
  assert.equal(statuses(foreseen), statuses(done), `--check foresaw ${shown(foreseen)}, then ${shown(done)}`)
  if (given.holds !== undefined) await host.sh(given.holds)
  const again = await host.play(given.tasks)
  if (!given.always) assert.not(statuses(again).includes('changed'), `the second time: ${shown(again)}`)
  assert.not(statuses(again).includes('failed'), shown(again))
  return done
}

function shown(results: readonly TaskResultEvent[]): string {
  return JSON.stringify(
    results.map(({ task, status, message, detail }) => ({ task, status, message, detail })),
  )
}
