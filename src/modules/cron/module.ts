import { quoteWord } from '../../kernel/shell.ts'
import type { Action, TaskPlan } from '../../plan/types.ts'
import { unifiedDiff } from '../../plan/unified-diff.ts'
import { noChange, refused } from '../no-change.ts'
import { textIn } from '../observation.ts'
import { defineModule } from '../types.ts'
import { editCrontab, type CronJob } from './crontab.ts'

interface CronObserved {
  /** Text of the crontab, empty when there is none. */
  readonly text: string
  readonly exists: boolean
  /** The program crontab is there, or a file is meant. */
  readonly possible: boolean
}

const always = { type: 'text', default: '*' } as const

export const cronModule = defineModule<CronJob, CronObserved>({
  name: 'cron',
  summary: 'keeps a job, or a variable, in a crontab',
  schema: {
    params: {
      name: {
        type: 'text',
        required: true,
        about: 'by which the job is found again; of a variable its name',
      },
      job: { type: 'text', aliases: ['value'] },
      state: { type: 'text', choices: ['present', 'absent'], default: 'present' },
      ...{ minute: always, hour: always, month: always },
      day: { ...always, aliases: ['dom'] },
      weekday: { ...always, aliases: ['dow'] },
      special_time: {
        type: 'text',
        choices: ['reboot', 'yearly', 'annually', 'monthly', 'weekly', 'daily', 'hourly'],
      },
      disabled: { type: 'flag', default: false, about: 'the line is there as a comment' },
      env: { type: 'flag', default: false, about: 'a variable, not a job' },
      insertafter: { type: 'text', about: 'with env: behind this variable' },
      insertbefore: { type: 'text', about: 'with env: before this variable' },
      user: { type: 'text', about: "whose crontab; the task's own user unless told" },
      cron_file: { type: 'text', about: 'name below /etc/cron.d, or absolute' },
    },
    exclusive: [['insertafter', 'insertbefore']],
    unsupported: { backup: 'the change can be seen beforehand, with --check --diff' },
  },
  questions: (params) => ({ table: { ask: 'sh', script: readScript(params) } }),
  observe: (answers) => {
    const [state = '', ...rest] = textIn(answers['table']).text.split('\n')
    return { text: rest.join('\n'), exists: state === 'there', possible: state !== 'none' }
  },
  plan: planCron,
})

function fileOf({ cron_file: file }: CronJob): string | undefined {
  return file === undefined || file.startsWith('/') ? file : `/etc/cron.d/${file}`
}

function readScript(params: CronJob): string {
  const file = fileOf(params)
  if (file !== undefined) {
    const word = quoteWord(file)
    return `if [ -e ${word} ]; then echo there; cat -- ${word}; else echo missing; fi`
  }
  const user = params.user === undefined ? '' : `-u ${quoteWord(params.user)} `
  return `if command -v crontab >/dev/null 2>&1; then echo there; crontab ${user}-l 2>/dev/null; else echo none; fi; :`
}

function planCron(params: CronJob, observed: CronObserved): TaskPlan {
  const { name, state } = params
  if (!observed.possible) return refused('the host has no cron', 'install it: package cron')
  if (state === 'present' && params.job === undefined) return refused('state: present needs job')
  if (/\n/.test(params.job ?? '')) return refused('a job is one line')
  const text = editCrontab(observed.text, params)
  const result = { jobs: [...text.matchAll(/^#Ansible: (.*)$/gm)].map((match) => match[1]) }
  if (text === observed.text) return noChange(`${name} is as wanted`, result)
  return {
    actions: [writeTable(params, text)],
    changed: true,
    message: `${state === 'present' ? 'set' : 'remove'} ${params.env ? 'the variable' : 'the job'} ${name}`,
    diff: unifiedDiff(observed.text, text, fileOf(params) ?? 'crontab'),
    touches: ['*'],
    result,
  }
}

function writeTable(params: CronJob, text: string): Action {
  const file = fileOf(params)
  if (file !== undefined) {
    return text === ''
      ? { do: 'run', argv: ['rm', '-f', '--', file] }
      : { do: 'write', path: file, content: text }
  }
  const user = params.user === undefined ? [] : ['-u', params.user]
  return { do: 'run', argv: ['crontab', ...user, '-'], stdin: text }
}
