import { quoteWord } from '../../kernel/shell.ts'
import { defineModule } from '../types.ts'

interface TempParams {
  readonly state: 'file' | 'directory'
  readonly path?: string
  readonly prefix: string
  readonly suffix: string
}

export const tempfileModule = defineModule<TempParams, undefined>({
  name: 'tempfile',
  summary: 'makes a temporary file or directory, each time another one',
  schema: {
    params: {
      state: { type: 'text', choices: ['file', 'directory'], default: 'file' },
      path: { type: 'path', about: 'folder in which it is made; $TMPDIR or /tmp unless told' },
      prefix: { type: 'text', default: 'ansible.' },
      suffix: { type: 'text', default: '' },
    },
  },
  plan: (params) => {
    const { state, path, prefix, suffix } = params
    const folder = path === undefined ? '"${TMPDIR:-/tmp}"' : quoteWord(path)
    // mktemp wants its X at the end, so that a suffix is put on afterwards.
    const made = `km_t=$(mktemp ${state === 'directory' ? '-d ' : ''}${folder}/${quoteWord(prefix)}XXXXXXXX)`
    const named =
      suffix === '' ? '' : ` && mv -- "$km_t" "$km_t"${quoteWord(suffix)} && km_t=$km_t${quoteWord(suffix)}`
    return {
      actions: [{ do: 'script', script: `${made}${named} && printf '%s\\n' "$km_t"` }],
      changed: true,
      message: `make a temporary ${state}`,
      touches: [],
      result: { state, mode: state === 'directory' ? '0700' : '0600' },
    }
  },
  result: (_params, output) => ({ path: output.stdout }),
  repeatable: false,
})
