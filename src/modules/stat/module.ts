import { quoteWord } from '../../kernel/shell.ts'
import { realPathCommand } from '../../plan/real-path.ts'
import { pathKey } from '../../plan/resources.ts'
import { noChange, refused } from '../no-change.ts'
import { textIn } from '../observation.ts'
import { defineModule } from '../types.ts'
import { readStat } from './read-stat.ts'

export interface StatParams {
  readonly path: string
  readonly follow: boolean
  readonly get_checksum: boolean
  readonly checksum_algorithm: string
  readonly get_mime: boolean
}

export const statModule = defineModule<StatParams, { readonly text: string }>({
  name: 'stat',
  summary: 'tells what a path is, in the words of Ansible',
  schema: {
    params: {
      path: { type: 'path', required: true, aliases: ['dest', 'name'] },
      follow: { type: 'flag', default: false, about: 'tell of what a link leads to' },
      get_checksum: { type: 'flag', default: true },
      checksum_algorithm: {
        type: 'text',
        default: 'sha1',
        aliases: ['checksum', 'checksum_algo'],
        choices: ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'],
      },
      get_mime: {
        type: 'flag',
        default: false,
        aliases: ['mime', 'mime_type', 'mime-type'],
        about: 'by the program file',
      },
    },
    unsupported: {
      get_attributes: 'use command: lsattr',
      attributes: 'use command: lsattr',
      attr: 'use command: lsattr',
    },
  },
  questions: (params) => ({ stat: { ask: 'sh', script: statScript(params), reads: [pathKey(params.path)] } }),
  observe: (answers) => ({ text: textIn(answers['stat']).text }),
  plan: (params, { text }) => {
    const fault = /^stat: .*(Permission denied)$/m.exec(text)
    if (fault) return refused(`${params.path}: ${fault[1]}`, 'run the task with `become: true`')
    const stat = readStat(text, params)
    const word = stat['exists'] ? 'exists' : 'does not exist'
    return noChange(`${params.path} ${word}`, { stat })
  },
})

/** Type and mode, ids, names, bytes, times, inode, device, links, blocks. Understood by coreutils and busybox alike. */
const format = '%f %u %g %U %G %s %X %Y %Z %i %d %h %b %o'

function statScript(params: StatParams): string {
  const { path, follow } = params
  const word = quoteWord(path)
  const sum = `${params.checksum_algorithm}sum`
  const file = follow ? `[ -f ${word} ]` : `[ -f ${word} ] && [ ! -L ${word} ]`
  return [
    `stat ${follow ? '-L ' : ''}-c ${quoteWord(`stat ${format}`)} -- ${word} 2>&1`,
    `for km_r in r w x; do [ ! -$km_r ${word} ] || echo "may $km_r"; done`,
    ...(follow
      ? []
      : [
          `[ ! -L ${word} ] || { echo "target $(readlink -- ${word})"; echo "real $(${realPathCommand(word)})"; }`,
        ]),
    ...(params.get_checksum ? [`if ${file}; then echo "sum $(${sum} <${word})"; fi`] : []),
    ...(params.get_mime ? [`! command -v file >/dev/null 2>&1 || echo "mime $(file -b -i -- ${word})"`] : []),
    ':',
  ].join('\n')
}
