import type { Clock } from '../kernel/clock.ts'
import type { FormatOptions } from '../reporter/format-event.ts'
import { TreeReporter } from '../reporter/tree-reporter.ts'
import type { Environment } from './parse-arguments.ts'
import type { Surroundings } from './wire.ts'

/** The tree on this process' terminal, which is left clean however the process ends, stops and goes on. */
export function openTree(
  options: FormatOptions & { readonly clock: Clock },
  { stdout, environment, notices, process }: Surroundings,
): TreeReporter {
  const tree = new TreeReporter({
    ...options,
    terminal: stdout.stream,
    unicode: isUnicode(environment),
  })
  notices.tell = (text) => {
    tree.report({ kind: 'message', level: 'warning', text, at: options.clock.now() })
  }
  process.once('exit', () => tree.release())
  process.on('SIGTSTP', () => {
    tree.release()
    process.kill(process.pid, 'SIGSTOP')
  })
  process.on('SIGCONT', () => tree.restore())
  return tree
}

/** Where no locale is set (a container), terminals are UTF-8 all the same. */
function isUnicode(environment: Environment): boolean {
  const locale = environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG']
  return locale === undefined || locale === '' || /utf-?8/i.test(locale)
}
