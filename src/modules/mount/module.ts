import { quoteWord } from '../../kernel/shell.ts'
import { stateIn, textIn } from '../observation.ts'
import { defineModule } from '../types.ts'
import { unescape } from './fstab.ts'
import { planMount, type MountObserved, type MountParams } from './plan.ts'

export const mountModule = defineModule<MountParams, MountObserved>({
  name: 'mount',
  summary: 'mounts a file system now and at boot, or takes it away',
  schema: {
    params: {
      path: { type: 'text', required: true, aliases: ['name'], about: 'absolute path; `none` for swap' },
      state: {
        type: 'text',
        required: true,
        choices: ['present', 'mounted', 'unmounted', 'absent', 'absent_from_fstab', 'remounted', 'ephemeral'],
        about: 'present: entry alone; mounted: entry and mount; ephemeral: mount alone',
      },
      src: { type: 'text', about: 'device, `UUID=…`, export or folder' },
      fstype: { type: 'text' },
      opts: { type: 'text', about: '`defaults` unless told' },
      dump: { type: 'text', default: '0' },
      passno: { type: 'text', default: '0' },
      boot: { type: 'flag', default: true, about: 'false: `noauto` is added to the options' },
      backup: { type: 'flag', default: false, about: 'keep the old fstab beside it' },
      fstab: { type: 'path', default: '/etc/fstab' },
    },
  },
  questions: (params) => ({
    path: { ask: 'stat', path: params.path },
    // The same text for every mount of a play: it is asked once.
    mounts: { ask: 'sh', script: mountsScript(params.fstab) },
  }),
  observe: (answers, params) => {
    const [table = '', ...rest] = textIn(answers['mounts']).text.split(`\n${mark}\n`)
    return { path: stateIn(answers['path']), fstab: rest.join(''), mounted: sourceAt(table, params.path) }
  },
  plan: planMount,
})

const mark = '--- fstab ---'

function mountsScript(fstab: string): string {
  const word = quoteWord(fstab)
  return `cat /proc/self/mountinfo; echo; echo '${mark}'; [ ! -e ${word} ] || cat -- ${word}`
}

/** The last mount at a path covers those before it. */
function sourceAt(mountinfo: string, path: string): string | null {
  const wanted = path.length > 1 ? path.replace(/\/+$/, '') : path
  let source: string | null = null
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ')
    if (unescape(before.split(' ')[4] ?? '') === wanted) source = unescape(after.split(' ')[1] ?? '')
  }
  return source
}
