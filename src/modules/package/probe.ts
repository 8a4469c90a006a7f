import { quoteArgv, quoteWord } from '../../kernel/shell.ts'
import type { PackagesObserved } from './plan.ts'

/** Prints the package tool, then each installed package's name. */
export function packagesScript(names: readonly string[], provides?: string): string {
  const deb = quoteArgv(['dpkg-query', '-W', '-f', '${db:Status-Status} ${Package}\\n', '--', ...names])
  const rpm = quoteArgv(['rpm', '-q', '--qf', 'installed %{NAME}\\n', '--', ...names])
  const there =
    provides === undefined ? ':' : `command -v -- ${quoteWord(provides)} >/dev/null 2>&1 && echo provided`
  return [
    'if command -v apt-get >/dev/null 2>&1; then echo apt',
    `${deb} 2>/dev/null`,
    'elif command -v dnf >/dev/null 2>&1; then echo dnf',
    `${rpm} 2>/dev/null`,
    'elif command -v yum >/dev/null 2>&1; then echo yum',
    `${rpm} 2>/dev/null`,
    'else echo none; fi',
    `${there}; :`,
  ].join('\n')
}

export function readPackages(text: string): PackagesObserved {
  const [tool = 'none', ...rows] = text.split('\n')
  const installed = rows
    .filter((row) => row.startsWith('installed '))
    .map((row) => row.slice('installed '.length))
  return { tool: tool as PackagesObserved['tool'], installed, provided: rows.includes('provided') }
}
