import type { Installed } from './types.ts'

/** `name`, `name:arch`, `name=1.2*`, `name/release`; `*` stands for anything. */
export interface PackageSpec {
  readonly text: string
  readonly name: string
  readonly architecture?: string
  readonly version?: string
}

export function specOf(text: string): PackageSpec {
  const [, name = '', architecture, version] =
    /^([^=/:]+)(?::([\w-]+))?(?:[=](.+)|\/.+)?$/.exec(text.trim()) ?? []
  return {
    text: text.trim(),
    name: name === '' ? text.trim() : name,
    ...(architecture === undefined ? {} : { architecture }),
    ...(version === undefined ? {} : { version }),
  }
}

/** Whether an installed package is the meant one, in the meant version. */
export function isMeant(spec: PackageSpec, installed: Installed): boolean {
  return (
    globMatches(spec.name, installed.name) &&
    (spec.architecture === undefined || spec.architecture === installed.architecture) &&
    (spec.version === undefined || globMatches(spec.version, installed.version))
  )
}

function globMatches(glob: string, text: string): boolean {
  if (!glob.includes('*')) return glob === text
  const source = glob
    .split('*')
    .map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&'))
    .join('.*')
  return new RegExp(`^${source}$`).test(text)
}
