import { quoteWord } from '../../kernel/shell.ts'
import { noChange, refused } from '../no-change.ts'
import { textIn } from '../observation.ts'
import { defineModule } from '../types.ts'

interface ZoneObserved {
  readonly link: string
  readonly file: string
  readonly known: boolean
}

export const timezoneModule = defineModule<{ readonly name: string }, ZoneObserved>({
  name: 'timezone',
  summary: "sets the host's time zone",
  schema: {
    params: {
      name: { type: 'text', required: true, about: 'as below /usr/share/zoneinfo: `Europe/Berlin`' },
    },
    unsupported: {
      hwclock: 'use command: timedatectl set-local-rtc',
      rtc: 'use command: timedatectl set-local-rtc',
    },
  },
  questions: ({ name }) => ({
    zone: {
      ask: 'sh',
      script: `echo "link $(readlink /etc/localtime)"; echo "file $(cat /etc/timezone 2>/dev/null)"; [ ! -f ${quoteWord(`/usr/share/zoneinfo/${name}`)} ] || echo known`,
    },
  }),
  observe: (answers) => {
    const text = textIn(answers['zone']).text
    const value = (key: string): string => new RegExp(`^${key} (.*)$`, 'm').exec(text)?.[1] ?? ''
    return { link: value('link'), file: value('file'), known: text.split('\n').includes('known') }
  },
  plan: ({ name }, observed) => {
    if (!observed.known)
      return refused(`the host knows no time zone ${name}`, 'see /usr/share/zoneinfo (package tzdata)')
    const now = observed.link.replace(/^.*zoneinfo\//, '')
    const fits = now === name && (observed.file === '' || observed.file === name)
    if (fits) return noChange(`the time zone is ${name}`)
    return {
      actions: [
        { do: 'run', argv: ['ln', '-snf', '--', `/usr/share/zoneinfo/${name}`, '/etc/localtime'] },
        // Debian keeps the name in a file, too.
        ...(observed.file === ''
          ? []
          : [{ do: 'write', path: '/etc/timezone', content: `${name}\n` } as const]),
      ],
      changed: true,
      message: `time zone: ${now || 'none'} -> ${name}`,
      touches: ['*'],
    }
  },
})
