import { quoteArgv, quoteWord } from '../../kernel/shell.ts'
import { specOf } from './spec.ts'
import type { AptObserved, AptParams, Installed } from './types.ts'

/** A clean host costs one dpkg-query; what costs more is asked only where it is needed. */
export function aptScript(params: AptParams): string {
  const specs = params.name.map((each) => specOf(String(each)))
  const names = specs.map(({ name, architecture }) =>
    architecture === undefined ? name : `${name}:${architecture}`,
  )
  const query = quoteArgv([
    'dpkg-query',
    '-W',
    '-f',
    '${db:Status-Status} ${Package} ${Architecture} ${Version}\\n',
  ])
  const provides = quoteArgv(['dpkg-query', '-W', '-f', 'provides ${db:Status-Status} ${Provides}\\n'])
  const simulate = (verb: string, word: string): string =>
    `echo "${word} $(apt-get -s -q ${verb} 2>/dev/null | grep -c '^${word} ')"`
  return [
    'command -v apt-get >/dev/null 2>&1 && echo apt || exit 0',
    ...(names.length === 0
      ? []
      : [
          `km_q=$(${query} -- ${quoteArgv(names)} 2>/dev/null); printf '%s\\n' "$km_q"`,
          `[ "$(printf '%s\\n' "$km_q" | grep -c '^installed ')" -ge ${names.length} ] || ${provides} | grep '^provides installed .'`,
        ]),
    ...(params.update_cache || params.cache_valid_time > 0 ? [cacheScript] : []),
    ...(params.state === 'latest' && names.length > 0
      ? [`LC_ALL=C apt-cache policy -- ${quoteArgv(names)} 2>/dev/null`]
      : []),
    ...(params.upgrade === 'no' ? [] : [simulate(upgradeVerb(params), 'Inst')]),
    ...(params.autoremove ? [simulate('autoremove', 'Remv')] : []),
    ...(params.deb === undefined ? [] : [debScript(params.deb)]),
    ':',
  ].join('\n')
}

export function upgradeVerb({ upgrade }: Pick<AptParams, 'upgrade'>): string {
  return upgrade === 'dist' || upgrade === 'full' ? 'dist-upgrade' : 'upgrade'
}

/** apt's own stamp where there is one, else the newest list. */
const cacheScript = `for km_f in /var/lib/apt/periodic/update-success-stamp /var/lib/apt/lists; do
[ ! -e "$km_f" ] || { echo "cache $(( $(date +%s) - $(stat -c %Y "$km_f") ))"; break; }
done`

function debScript(path: string): string {
  const query = quoteArgv(['dpkg-deb', '-W', '--showformat', 'deb ${Package} ${Architecture} ${Version}\\n'])
  return `km_d=$(${query} -- ${quoteWord(path)} 2>/dev/null); echo "$km_d"; [ -z "$km_d" ] || { set -- $km_d; ${quoteArgv(['dpkg-query', '-W', '-f', '${db:Status-Status} ${Package} ${Architecture} ${Version}\\n'])} -- "$2" 2>/dev/null; }`
}

export function readApt(text: string): AptObserved {
  const lines = text.split('\n')
  const packages = lines.flatMap((line) => {
    const found = /^(installed|config-files) (\S+) (\S+) (\S*)$/.exec(line)
    return found
      ? [
          {
            status: found[1],
            name: found[2] as string,
            architecture: found[3] as string,
            version: found[4] as string,
          },
        ]
      : []
  })
  const number = (word: string): number => Number(new RegExp(`^${word} (\\d+)$`, 'm').exec(text)?.[1] ?? 0)
  const age = /^cache (-?\d+)$/m.exec(text)?.[1]
  const deb = /^deb (\S+) (\S+) (\S+)$/m.exec(text)
  return {
    apt: lines[0] === 'apt',
    installed: packages.filter(({ status }) => status === 'installed').map(plainPackage),
    configured: packages.filter(({ status }) => status === 'config-files').map(({ name }) => name),
    provided: lines.filter((line) => line.startsWith('provides ')).flatMap(providedBy),
    candidates: candidatesIn(text),
    cacheAge: age === undefined ? null : Number(age),
    upgradable: number('Inst'),
    removable: number('Remv'),
    deb: deb ? { name: deb[1] as string, architecture: deb[2] as string, version: deb[3] as string } : null,
  }
}

function plainPackage({ name, architecture, version }: Installed): Installed {
  return { name, architecture, version }
}

function providedBy(line: string): readonly string[] {
  return line
    .slice('provides installed '.length)
    .split(', ')
    .map((part) => part.split(' ')[0] as string)
}

function candidatesIn(text: string): Readonly<Record<string, string>> {
  const found = text.matchAll(/^(\S+):\n {2}Installed: .*\n {2}Candidate: (\S+)$/gm)
  return Object.fromEntries([...found].map((match) => [match[1] as string, match[2] as string]))
}
