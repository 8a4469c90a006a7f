import { tryRun } from '../../lab/run-command.ts'
import type { Counts, RunOutcome, TaskOutcome } from './outcome.ts'
import type { DialectRun } from './run-kmesos.ts'

/** Runs Debian's ansible-playbook as its users do, at its fastest: pipelining, no fact gathering unless asked for. */
export async function runAnsible(run: DialectRun): Promise<RunOutcome> {
  const inventories = run.inventories.flatMap((file) => ['-i', file])
  const { code, stdout, stderr } = await tryRun(
    ['ansible-playbook', 'site.yml', ...inventories, ...run.arguments],
    { cwd: run.folder, env: environment(run), signal: run.signal },
  )
  const text = stdout.slice(Math.max(0, stdout.search(/^\{$/m)))
  try {
    return outcomeOf(code, JSON.parse(text) as Report, stderr)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return { code, recap: {}, tasks: [], said: `${stdout}\n${stderr}` }
  }
}

function environment(run: DialectRun): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    LANG: 'C.UTF-8',
    HOME: run.home,
    ANSIBLE_STDOUT_CALLBACK: 'ansible.posix.json',
    ANSIBLE_HOST_KEY_CHECKING: 'False',
    ANSIBLE_PIPELINING: 'True',
    ANSIBLE_PYTHON_INTERPRETER: '/usr/bin/python3',
    ANSIBLE_FORKS: '10',
    // A long path of the control socket would not fit into a socket's name.
    ANSIBLE_SSH_CONTROL_PATH_DIR: run.home,
    // ssh looks for its files in the home that the system knows, not in $HOME.
    ANSIBLE_SSH_ARGS: `-F none -o UserKnownHostsFile=${run.home}/known -o ControlMaster=auto -o ControlPersist=15s -o LogLevel=ERROR`,
    // Hosts have no setfacl, which becoming a user who is not root would want.
    ANSIBLE_SHELL_ALLOW_WORLD_READABLE_TEMP: 'True',
    ANSIBLE_LOCALHOST_WARNING: 'False',
    ANSIBLE_DEPRECATION_WARNINGS: 'False',
  }
}

interface TaskReport extends Readonly<Record<string, unknown>> {
  readonly action?: string
  readonly changed?: boolean
  readonly failed?: boolean
  readonly skipped?: boolean
  readonly unreachable?: boolean
  readonly msg?: unknown
  readonly results?: readonly TaskReport[]
}

interface Report {
  readonly plays: readonly {
    readonly tasks: readonly {
      readonly task: { readonly name: string }
      readonly hosts: Readonly<Record<string, TaskReport>>
    }[]
  }[]
  readonly stats: Readonly<Record<string, Readonly<Record<string, number>>>>
}

function outcomeOf(code: number, report: Report, stderr: string): RunOutcome {
  const tasks = report.plays.flatMap((play) =>
    play.tasks.flatMap(({ task, hosts }) =>
      Object.entries(hosts).flatMap(([host, result]) => taskOutcomes(host, task.name, result)),
    ),
  )
  const failures = report.plays.flatMap((play) =>
    play.tasks.flatMap(({ task, hosts }) =>
      Object.entries(hosts)
        .filter(([, result]) => result.failed === true || result.unreachable === true)
        .map(([host, result]) => `${host} ${task.name}: ${JSON.stringify(result).slice(0, 2_000)}`),
    ),
  )
  const gathered = (host: string): number =>
    tasks.filter((task) => isGathering(task) && task.host === host).length
  const recap = Object.fromEntries(
    Object.entries(report.stats).map(([host, stats]) => {
      return [host, countsOf({ ...stats, ok: (stats['ok'] ?? 0) - gathered(host) })]
    }),
  )
  return { code, recap, tasks, said: [...failures, stderr].join('\n') }
}

/** Facts are asked for together with everything else in kmesos: no task of its own. */
function isGathering({ task, status }: TaskOutcome): boolean {
  return task === 'Gathering Facts' && status === 'ok'
}

function taskOutcomes(host: string, task: string, result: TaskReport): readonly TaskOutcome[] {
  const status = statusOf(result)
  const each = result.results ?? [result]
  if (result.action !== 'debug' && result.action !== 'ansible.builtin.debug') return [{ host, task, status }]
  return each.map((one) => {
    const printed = statusOf(one) === 'ok' && one.msg !== undefined
    return { host, task, status: statusOf(one), ...(printed ? { message: one.msg } : {}) }
  })
}

function statusOf(result: TaskReport): string {
  if (result.unreachable === true) return 'unreachable'
  if (result.failed === true) return 'failed'
  if (result.skipped === true) return 'skipped'
  return result.changed === true ? 'changed' : 'ok'
}

function countsOf(stats: Readonly<Record<string, number>>): Counts {
  const count = (name: string): number => stats[name] ?? 0
  return {
    ok: count('ok'),
    changed: count('changed'),
    skipped: count('skipped'),
    failed: count('failures'),
    rescued: count('rescued'),
    ignored: count('ignored'),
    unreachable: count('unreachable'),
  }
}
