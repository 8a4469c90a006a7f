/** Counts of one host at the end of a run, as far as both programs mean the same by them. */
export interface Counts {
  /** Tasks that went well, changed or not; what was ignored counts in Ansible. */
  readonly ok: number
  readonly changed: number
  readonly skipped: number
  readonly failed: number
  readonly rescued: number
  readonly ignored: number
  readonly unreachable: number
}

/** One line of a run's story. */
export interface TaskOutcome {
  readonly host: string
  readonly task: string
  readonly status: string
  /** What `debug` printed with msg. */
  readonly message?: unknown
}

/** What one run of one program tells. */
export interface RunOutcome {
  readonly code: number
  readonly recap: Readonly<Record<string, Counts>>
  readonly tasks: readonly TaskOutcome[]
  /** Its standard error and what it says of failures, for a human. */
  readonly said: string
}

const compared = ['ok', 'changed', 'skipped', 'failed', 'rescued', 'ignored', 'unreachable'] as const

/** Differences between the ends of two runs, one line each. */
export function compareOutcomes(what: string, ansible: RunOutcome, kmesos: RunOutcome): readonly string[] {
  if (Object.keys(kmesos.recap).length === 0)
    return [`${what}: kmesos did not begin: ${kmesos.said.slice(0, 500)}`]
  const hosts = [...new Set([...Object.keys(ansible.recap), ...Object.keys(kmesos.recap)])].sort()
  const counts = hosts.flatMap((host) =>
    compared.flatMap((name) => {
      const [theirs, ours] = [ansible.recap[host]?.[name], kmesos.recap[host]?.[name]]
      return theirs === ours
        ? []
        : [`${what}: recap of ${host}: ${name}=${theirs} in Ansible, ${ours} in kmesos`]
    }),
  )
  const codes = [ansible.code, kmesos.code].map((code) => (code === 0 ? 'success' : 'failure'))
  const ends = codes[0] === codes[1] ? [] : [`${what}: ${codes[0]} in Ansible, ${codes[1]} in kmesos`]
  return [...ends, ...counts, ...compareMessages(what, ansible, kmesos)]
}

/** What `debug` printed in Ansible, looked for under the same task in kmesos. */
function compareMessages(what: string, ansible: RunOutcome, kmesos: RunOutcome): readonly string[] {
  const key = ({ host, task }: TaskOutcome): string => `${host} "${task}"`
  const printed = ansible.tasks.filter((task) => task.message !== undefined)
  const places = new Set(printed.map(key))
  return [...places].flatMap((place) => {
    const theirs = printed.filter((task) => key(task) === place).map(({ message }) => textOf(message))
    const ours = kmesos.tasks
      .filter(
        (task) => task.status !== 'skipped' && place === key({ ...task, task: withoutItem(task, place) }),
      )
      .map(({ message }) => textOf(message))
    if (JSON.stringify(theirs) === JSON.stringify(ours)) return []
    return [
      `${what}: debug of ${place}: ${JSON.stringify(theirs)} in Ansible, ${JSON.stringify(ours)} in kmesos`,
    ]
  })
}

/** kmesos tells each item of a loop as `task (item)`. */
function withoutItem({ host, task }: TaskOutcome, place: string): string {
  const name = place.slice(host.length + 2, -1)
  return task.startsWith(`${name} (`) ? name : task
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The story of a run for the report of a failure: what went other than "ok" or "skipped", and what the program said. */
export function formatOutcome(title: string, outcome: RunOutcome): string {
  const told = outcome.tasks.filter(({ status }) => status !== 'ok' && status !== 'skipped')
  const lines = told.map(({ host, task, status }) => `  ${host} ${status.padEnd(8)} ${task}`)
  const said = [
    ...new Set(
      outcome.said
        .trim()
        .split('\n')
        .map((line) => line.trim()),
    ),
  ]
  return [
    `${title} (exit code ${outcome.code})`,
    ...lines,
    ...said.slice(-30).map((line) => `  | ${line}`),
  ].join('\n')
}
