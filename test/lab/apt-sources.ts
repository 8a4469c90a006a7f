import { existsSync } from 'node:fs'
import { ConfigError } from '../../src/kernel/errors.ts'
import { run } from './run-command.ts'

/** Where packages come from, taken over from this machine: its distribution's own archives, its proxy, its certificates. */
export interface AptSources {
  /** One-line entries of sources.list. */
  readonly lines: readonly string[]
  /** `Acquire::http::Proxy "..."` and their like, for mmdebstrap's --aptopt. */
  readonly options: readonly string[]
}

const distributions = new Map([
  ['Debian', '/usr/share/keyrings/debian-archive-keyring.gpg'],
  ['Ubuntu', '/usr/share/keyrings/ubuntu-archive-keyring.gpg'],
])

/** They do not change while one program runs, and asking apt takes 0.4 s. */
let known: Promise<AptSources> | undefined

/** Throws a ConfigError when the machine knows no archive of Debian or Ubuntu. */
export async function loadAptSources(): Promise<AptSources> {
  known ??= askApt()
  return await known
}

async function askApt(): Promise<AptSources> {
  let lines = await askTargets()
  if (lines.length === 0) {
    // An archive's origin is told by its list, and a trimmed machine has none.
    await run(['apt-get', '-q', 'update'], { what: 'fetch the package lists' })
    lines = await askTargets()
  }
  if (lines.length === 0) {
    throw new ConfigError(
      'apt knows no archive of Debian or Ubuntu, so no root file system can be made',
      [],
      {
        hint: 'run `apt-get update`, and look at /etc/apt/sources.list and /etc/apt/sources.list.d',
      },
    )
  }
  const config = await run(['apt-config', 'dump', '--format', '%f "%v";%n', 'Acquire'])
  return { lines, options: config.stdout.split('\n').filter((line) => wantedOption.test(line)) }
}

async function askTargets(): Promise<readonly string[]> {
  const format = '$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(ORIGIN)'
  const targets = await run(['apt-get', 'indextargets', '--format', format, 'Created-By: Packages'])
  return parseTargets(targets.stdout)
}

// Other settings (caches, index targets) belong to the machine and not to what is built on it.
const wantedOption = /^Acquire::(https?::|Check-Date|Check-Valid-Until|Retries).* "[^"]+";$/

function parseTargets(text: string): readonly string[] {
  const lines = text.split('\n').flatMap((line) => {
    const [uri = '', release = '', component = '', origin = ''] = line.split('|')
    const keyring = distributions.get(origin)
    if (keyring === undefined) return []
    const signed = existsSync(keyring) ? `[signed-by=${keyring}] ` : ''
    return [`deb ${signed}${uri} ${release} ${component}`]
  })
  return [...new Set(lines)]
}
