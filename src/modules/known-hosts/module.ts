import { quoteWord } from '../../kernel/shell.ts'
import { pathKey } from '../../plan/resources.ts'
import { realPathCommand } from '../../plan/real-path.ts'
import type { TaskPlan } from '../../plan/types.ts'
import { unifiedDiff } from '../../plan/unified-diff.ts'
import { noChange, refused } from '../no-change.ts'
import { textIn } from '../observation.ts'
import { defineModule } from '../types.ts'
import { editKnownHosts } from './edit-keys.ts'

interface KnownHostsParams {
  readonly name: string
  readonly key?: string
  readonly path: string
  readonly hash_host: boolean
  readonly state: 'present' | 'absent'
}

interface KnownHostsObserved {
  /** Where the file is: `~` and links are followed on the host. Empty: links lead in a circle. */
  readonly file: string
  readonly content: string
  readonly fault?: string
}

export const knownHostsModule = defineModule<KnownHostsParams, KnownHostsObserved>({
  name: 'known_hosts',
  summary: "makes a host's key be in, or not be in, a known_hosts file of the host",
  schema: {
    params: {
      name: { type: 'text', required: true, aliases: ['host'], about: 'name, or `[name]:port`' },
      key: { type: 'text', about: 'line of known_hosts; without it `absent` removes all keys of the host' },
      path: { type: 'text', default: '~/.ssh/known_hosts' },
      hash_host: { type: 'flag', default: false, about: 'write the name as its hash' },
      state: { type: 'text', choices: ['present', 'absent'], default: 'present' },
    },
  },
  questions: ({ path }) => ({
    file: {
      ask: 'sh',
      script: readScript(path),
      reads: path.startsWith('/') ? [pathKey(path)] : ['path:**'],
    },
  }),
  observe: (answers) => {
    const { text, exitCode } = textIn(answers['file'])
    const [file = '', ...lines] = text.split('\n')
    const content = exitCode === 0 ? Buffer.from(lines.join(''), 'base64').toString('utf8') : ''
    return { file, content, ...(exitCode === 0 ? {} : { fault: lines.join(' ').trim() }) }
  },
  plan: planKnownHosts,
})

function readScript(path: string): string {
  const word = path.startsWith('~/') ? `"$HOME"/${quoteWord(path.slice(2))}` : quoteWord(path)
  return [
    `km_f=${word}`,
    `[ ! -L "$km_f" ] || km_f=$(${realPathCommand('"$km_f"')})`,
    `printf '%s\\n' "$km_f"`,
    `[ ! -e "$km_f" ] || base64 -- "$km_f" 2>&1`,
  ].join('\n')
}

function planKnownHosts(params: KnownHostsParams, seen: KnownHostsObserved): TaskPlan {
  const { key, state, path } = params
  const host = params.name.toLowerCase()
  if (!/^~?\//.test(path)) return refused(`path must begin with / or ~/, got ${path}`)
  if (state === 'present' && key === undefined) return refused('state: present needs key')
  if (seen.file === '') return refused(`${path} is a link that leads to no place, or in a circle`)
  if (seen.fault !== undefined) return refused(`cannot read ${seen.file}: ${seen.fault}`)
  const edit = { host, state, hashes: params.hash_host, ...(key === undefined ? {} : { key }) }
  const edited = editKnownHosts(seen.content, edit)
  if ('fault' in edited) return refused(`cannot keep the key of ${host}: ${edited.fault}`)
  const result = { name: params.name, path: seen.file, state, hash_host: params.hash_host, key }
  if (edited.text === seen.content)
    return noChange(`${seen.file} ${state === 'present' ? 'has' : 'is without'} the key of ${host}`, result)
  return {
    actions: [{ do: 'write', path: seen.file, content: edited.text }],
    changed: true,
    message: `${state === 'present' ? 'keep the key' : 'forget the keys'} of ${host} in ${seen.file}`,
    touches: [pathKey(seen.file), pathKey(path)],
    diff: unifiedDiff(seen.content, edited.text, seen.file),
    result,
  }
}
