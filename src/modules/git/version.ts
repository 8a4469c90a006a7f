import type { GitParams } from './types.ts'

/** What `version` names on the other side. */
export interface Version {
  readonly kind: 'head' | 'branch' | 'tag' | 'commit'
  /** Of a commit: the digits that were given, maybe not all of them. */
  readonly sha: string
  /** The branch that it follows. */
  readonly branch?: string
}

/** undefined: the other side knows no such name. Branches come before tags, as for Ansible. */
export function versionOf(
  { version }: GitParams,
  refs: Readonly<Record<string, string>>,
): Version | undefined {
  if (version === 'HEAD') {
    const sha = refs['HEAD']
    return sha === undefined ? undefined : { kind: 'head', sha, ...branchOfHead(refs, sha) }
  }
  const head = refs[`refs/heads/${version}`]
  if (head !== undefined) return { kind: 'branch', sha: head, branch: version }
  const tag = refs[`refs/tags/${version}^{}`] ?? refs[`refs/tags/${version}`]
  if (tag !== undefined) return { kind: 'tag', sha: tag }
  return /^[0-9a-f]{7,40}$/.test(version) ? { kind: 'commit', sha: version } : undefined
}

/** ls-remote does not tell which branch HEAD is: main and master first among those with its commit. */
function branchOfHead(refs: Readonly<Record<string, string>>, sha: string): { readonly branch?: string } {
  const named = Object.keys(refs).filter((name) => name.startsWith('refs/heads/') && refs[name] === sha)
  const first = ['refs/heads/main', 'refs/heads/master'].find((name) => named.includes(name)) ?? named[0]
  return first === undefined ? {} : { branch: first.slice('refs/heads/'.length) }
}

/** Lines `SHA<tab>NAME` of ls-remote. */
export function parseRefs(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...text.matchAll(/^([0-9a-f]{40})\t(\S+)$/gm)].map(([, sha = '', name = '']) => [name, sha]),
  )
}
