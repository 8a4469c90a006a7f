/** A job as a task describes it. */
export interface CronJob {
  readonly name: string
  readonly job?: string
  readonly minute: string
  readonly hour: string
  readonly day: string
  readonly month: string
  readonly weekday: string
  readonly special_time?: string
  readonly disabled: boolean
  readonly env: boolean
  readonly insertafter?: string
  readonly insertbefore?: string
  readonly state: 'present' | 'absent'
  /** With cron_file: whose job it is. */
  readonly user?: string
  readonly cron_file?: string
}

/** The comment by which Ansible, too, finds its jobs again. */
const mark = '#Ansible: '

/** The text of a crontab with the job, or the variable, in it or taken out. */
export function editCrontab(text: string, job: CronJob): string {
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n')
  const edited = job.env ? editVariable(lines, job) : editJob(lines, job)
  const same = edited.length === lines.length && edited.every((line, index) => line === lines[index])
  return same ? text : edited.map((line) => `${line}\n`).join('')
}

function editJob(lines: readonly string[], job: CronJob): readonly string[] {
  const at = lines.indexOf(`${mark}${job.name}`)
  const wanted = job.state === 'absent' ? [] : [`${mark}${job.name}`, lineOf(job)]
  if (at < 0) return [...lines, ...wanted]
  return [...lines.slice(0, at), ...wanted, ...lines.slice(at + 2)]
}

function lineOf(job: CronJob): string {
  const { minute, hour, day, month, weekday, special_time: special } = job
  const time = special === undefined ? `${minute} ${hour} ${day} ${month} ${weekday}` : `@${special}`
  const user = job.cron_file === undefined ? '' : `${job.user ?? 'root'} `
  return `${job.disabled ? '#' : ''}${time} ${user}${job.job ?? ''}`
}

function editVariable(lines: readonly string[], job: CronJob): readonly string[] {
  const isNamed = (line: string, name: string): boolean => line.startsWith(`${name}=`)
  const at = lines.findIndex((line) => isNamed(line, job.name))
  if (job.state === 'absent') return lines.filter((_, index) => index !== at)
  const wanted = `${job.name}="${job.job ?? ''}"`
  if (at >= 0) return lines.map((line, index) => (index === at ? wanted : line))
  const beside = job.insertafter ?? job.insertbefore
  const place = beside === undefined ? -1 : lines.findIndex((line) => isNamed(line, beside))
  const index = place < 0 ? 0 : place + (job.insertafter === undefined ? 0 : 1)
  return [...lines.slice(0, index), wanted, ...lines.slice(index)]
}
