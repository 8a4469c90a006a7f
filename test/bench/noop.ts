import { spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeUser } from '../support/linux-users.ts'
import { startSshd, type Sshd } from '../support/sshd.ts'
import { median } from './percentiles.ts'

export interface NoopFigures {
  /** Whole processes, wall time, medians of the rounds; every round runs all three one after the other. */
  readonly kmesosS: number
  readonly sshS: number
  readonly floorS: number
  readonly ratioSsh: number
  readonly ratioFloor: number
}

const addressCount = 20
const rounds = 7

/**
 * A play of 12 tasks with nothing to do on 20 sshd addresses, against `xargs -P20 ssh HOST true` and against a bare ssh2
 * script that connects and runs one command on each. All three log in as a user of the bench's own with a plain shell: what
 * root's start-up files cost on this machine is nobody's merit.
 */
export async function benchNoop(): Promise<NoopFigures> {
  const addresses = Array.from({ length: addressCount }, (_, index) => `127.0.0.${index + 11}`)
  const sshd = await startSshd({ addresses, maxStartups: '200:30:300' })
  const user = await makeUser()
  const folder = await mkdtemp(join(tmpdir(), 'kmesos-noop-'))
  try {
    const contenders = await prepare(folder, sshd, user.name)
    // Round 0 makes the files that the play then finds, and warms the page cache for all three.
    const times = contenders.map(() => [] as number[])
    for (let round = 0; round <= rounds; round++) {
      for (const [index, argv] of contenders.entries()) {
        const seconds = await timed(argv, folder)
        if (round > 0) times[index]?.push(seconds)
      }
    }
    const [kmesosS = NaN, sshS = NaN, floorS = NaN] = times.map(median)
    return { kmesosS, sshS, floorS, ratioSsh: kmesosS / sshS, ratioFloor: kmesosS / floorS }
  } finally {
    await sshd.stop()
    await user.remove()
    await rm(folder, { recursive: true, force: true })
  }
}

async function prepare(folder: string, sshd: Sshd, user: string): Promise<readonly (readonly string[])[]> {
  const at = (name: string): string => join(folder, name)
  await chmod(folder, 0o755)
  await mkdir(at('made'))
  await chmod(at('made'), 0o777)
  await writeFile(at('known_hosts'), await sshd.knownHosts())
  const options = [
    ...['Host *', `  User ${user}`, `  Port ${sshd.port}`, `  IdentityFile ${sshd.keyFile}`],
    ...[`  UserKnownHostsFile ${at('known_hosts')}`, '  StrictHostKeyChecking yes', '  IdentitiesOnly yes'],
  ]
  await writeFile(at('ssh_config'), `${options.join('\n')}\n`)
  await writeFile(at('hosts'), `${sshd.addresses.join('\n')}\n`)
  await writeFile(at('site.yml'), playbook(at('made')))
  const xargs = `xargs -P${addressCount} -I HOST ssh -F ${at('ssh_config')} HOST true < ${at('hosts')}`
  const kmesos = ['play', at('site.yml'), '-i', at('hosts'), '--ssh-config', at('ssh_config')]
  return [
    [process.execPath, 'dist/kmesos.js', ...kmesos],
    ['sh', '-c', xargs],
    [process.execPath, 'test/bench/ssh-floor.mjs', sshd.keyFile, user, String(sshd.port), ...sshd.addresses],
  ]
}

/** 12 tasks of the kinds that components are made of. All addresses are one machine, so each has a folder of its own. */
function playbook(folder: string): string {
  const own = `${folder}/<%= inventory_hostname %>`
  const file = (index: number): string =>
    `    - { name: write file ${index}, copy: { content: "file ${index}\\n", dest: "${own}/f${index}", mode: "0640" } }`
  const folderTask = (name: string): string =>
    `    - { name: make ${name || 'the folder'}, file: { path: "${own}${name}", state: directory, mode: "0750" } }`
  return [
    '- name: a play with nothing to do',
    '  hosts: all',
    '  gather_facts: false',
    '  tasks:',
    ...['', '/a', '/b', '/c'].map(folderTask),
    ...Array.from({ length: 8 }, (_, index) => file(index)),
    '',
  ].join('\n')
}

/** Seconds of a whole process; throws with its output when it fails. */
async function timed(argv: readonly string[], home: string): Promise<number> {
  const [program = '', ...words] = argv
  const started = performance.now()
  const child = spawn(program, words, {
    env: { ...process.env, HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')))
  const code = await new Promise<number | null>((done, failed) => child.on('error', failed).on('close', done))
  if (code !== 0) throw new Error(`${argv.slice(0, 3).join(' ')} ended with exit code ${code}:\n${output}`)
  return (performance.now() - started) / 1000
}
