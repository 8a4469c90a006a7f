import { readdirSync, readFileSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { ConfigError } from '../kernel/errors.ts'
import { countOf } from '../kernel/problems.ts'
import { parseSshConfig, type SshConfig } from './ssh-config.ts'

/**
 * Reads OpenSSH's configuration files; those that do not exist count as empty. Read in one go and synchronously: it is done
 * once for a run, before the first dial. Throws ConfigError with all faults.
 */
export function loadSshConfig(file: string, home: string): SshConfig {
  const text = textOf(file)
  if (text === undefined) return { blocks: [], problems: [] }
  // ssh looks for relative includes in ~/.ssh, or in /etc/ssh for the system's file.
  const base = file === '/etc/ssh/ssh_config' ? dirname(file) : join(home, '.ssh')
  const config = parseSshConfig(text, file, {
    include: (pattern) =>
      included(absolute(pattern, base, home)).flatMap((path) => {
        const content = textOf(path)
        return content === undefined ? [] : [{ file: path, text: content }]
      }),
  })
  if (config.problems.length === 0) return config
  throw new ConfigError(`${file} has ${countOf(config.problems.length, 'problem')}:`, config.problems)
}

function absolute(pattern: string, base: string, home: string): string {
  if (pattern.startsWith('~/')) return join(home, pattern.slice(2))
  return isAbsolute(pattern) ? pattern : join(base, pattern)
}

/** Paths that match, each folder's sorted; a pattern may stand for folders too. */
function included(pattern: string): readonly string[] {
  const parts = pattern.split('/').slice(1)
  let found = ['']
  for (const part of parts) {
    found = /[*?[]/.test(part)
      ? found.flatMap((folder) =>
          namesIn(folder === '' ? '/' : folder)
            .filter((name) => (!name.startsWith('.') || part.startsWith('.')) && fileGlob(part).test(name))
            .map((name) => `${folder}/${name}`),
        )
      : found.map((folder) => `${folder}/${part}`)
  }
  return found
}

/** glob(7) of one name: `*`, `?`, `[a-z]`, `[!a-z]`; what cannot be read as a class stands for itself. */
function fileGlob(pattern: string): RegExp {
  const source = pattern.replace(
    /\[(!?)([^\]/\\[]+)\]|\*+|[^A-Za-z0-9_]/g,
    (text, not?: string, letters?: string) => {
      if (letters !== undefined) return `[${not === '!' ? '^' : ''}${letters.replace(/\^/g, '\\^')}]`
      if (text.startsWith('*')) return '[^/]*'
      return text === '?' ? '[^/]' : `\\${text}`
    },
  )
  try {
    return new RegExp(`^${source}$`)
  } catch {
    return /^(?!)/
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined
    throw new ConfigError(`cannot read ${file}: ${(error as Error).message}`, [], { cause: error })
  }
}
