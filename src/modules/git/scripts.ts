import { quoteArgv, quoteWord } from '../../kernel/shell.ts'
import type { GitParams } from './types.ts'
import type { Version } from './version.ts'

/** No question is asked on a terminal that is not there. */
export function environment({
  key_file: key,
  ssh_opts: options,
  accept_hostkey: accepts,
}: GitParams): string {
  const ssh = [
    ...(key === undefined ? [] : ['-i', quoteWord(key), '-o', 'IdentitiesOnly=yes']),
    ...(accepts ? ['-o', 'StrictHostKeyChecking=no'] : []),
    ...(options === undefined ? [] : [options]),
  ]
  const command = ['ssh', '-o', 'BatchMode=yes', ...ssh].join(' ')
  return `GIT_TERMINAL_PROMPT=0 GIT_SSH_COMMAND=${quoteWord(command)}; export GIT_TERMINAL_PROMPT GIT_SSH_COMMAND`
}

/** Lines `repository`, `files`, `head SHA`, `dirty`, `url URL`, `fault WHY`. */
export function lookScript({ dest, remote }: GitParams): string {
  const word = quoteWord(dest)
  return [
    'command -v git >/dev/null || { echo "fault git is not installed on the host"; exit 0; }',
    `if [ -e ${word}/.git ] || { [ -f ${word}/HEAD ] && [ -d ${word}/objects ]; }; then echo repository`,
    `elif [ -n "$(ls -A -- ${word} 2>/dev/null)" ]; then echo files; exit 0`,
    'else exit 0; fi',
    `km_l=$(git -C ${word} rev-parse --git-dir 2>&1) || { echo "fault $km_l" | head -n 1; exit 0; }`,
    `km_l=$(git -C ${word} rev-parse --verify -q HEAD) && echo "head $km_l"`,
    `[ "$(git -C ${word} rev-parse --is-bare-repository)" = true ] || [ -z "$(git -C ${word} status --porcelain --untracked-files=no)" ] || echo dirty`,
    `km_l=$(git -C ${word} config --get ${quoteWord(`remote.${remote}.url`)}) && echo "url $km_l"`,
    ':',
  ].join('\n')
}

export function remoteScript(params: GitParams): string {
  return `${environment(params)}\ncommand -v git >/dev/null || exit 0\ngit ls-remote -- ${quoteWord(params.repo)} 2>&1`
}

/** Cloned beside its place and moved there whole: killed in the middle, the next run begins again. */
export function cloneScript(params: GitParams, version: Version): string {
  const { dest } = params
  const folder = `${dest.replace(/\/+$/, '')}.kmesos-cloning`
  const isNamed = version.kind === 'branch' || version.kind === 'tag'
  const shallow = params.depth !== undefined && version.kind !== 'commit'
  const argv = [
    ...['git', 'clone', '-q', '--origin', params.remote],
    ...(params.bare ? ['--bare'] : []),
    ...(shallow ? ['--depth', String(params.depth)] : []),
    ...(params.single_branch || shallow ? ['--single-branch'] : []),
    ...(isNamed && !params.bare ? ['--branch', params.version] : []),
    ...['--', params.repo, folder],
  ]
  return [
    environment(params),
    quoteArgv(['rm', '-rf', '--', folder]),
    quoteArgv(['mkdir', '-p', '--', dest.replace(/\/+[^/]*\/*$/, '') || '/']),
    quoteArgv(argv),
    ...(params.bare || version.kind !== 'commit'
      ? []
      : [git(folder, 'checkout', '-q', '--force', params.version)]),
    ...submodules(params, folder),
    `[ ! -d ${quoteWord(dest)} ] || ${quoteArgv(['rmdir', '--', dest])}`,
    quoteArgv(['mv', '-T', '--', folder, dest]),
    after(dest),
  ].join('\n')
}

export function updateScript(params: GitParams, version: Version, hasUrl: boolean): string {
  const { dest, remote, depth } = params
  const shallow = depth === undefined ? [] : ['--depth', String(depth)]
  const refs = params.bare ? ['+refs/heads/*:refs/heads/*'] : [`+refs/heads/*:refs/remotes/${remote}/*`]
  return [
    environment(params),
    git(dest, 'remote', hasUrl ? 'set-url' : 'add', remote, params.repo),
    ...(params.bare ? [] : [git(dest, 'reset', '-q', '--hard')]),
    git(dest, 'fetch', '-q', '--force', '--tags', ...shallow, remote, ...refs),
    ...(params.bare ? [] : switchTo(params, version)),
    ...submodules(params, dest),
    after(dest),
  ].join('\n')
}

function switchTo({ dest, remote, version: name }: GitParams, version: Version): readonly string[] {
  if (version.kind === 'commit') return [git(dest, 'checkout', '-q', '--force', '--detach', name)]
  if (version.kind === 'tag') return [git(dest, 'checkout', '-q', '--force', '--detach', `refs/tags/${name}`)]
  // HEAD is the branch that the other side has checked out, or a lone commit there.
  if (version.branch === undefined) return [git(dest, 'checkout', '-q', '--force', '--detach', version.sha)]
  const tracked = `refs/remotes/${remote}/${version.branch}`
  return [git(dest, 'checkout', '-q', '--force', '-B', version.branch, tracked)]
}

function submodules({ recursive, bare }: GitParams, folder: string): readonly string[] {
  return recursive && !bare ? [git(folder, 'submodule', '-q', 'update', '--init', '--recursive')] : []
}

function after(dest: string): string {
  return `echo "after $(${git(dest, 'rev-parse', 'HEAD')})"`
}

function git(folder: string, ...words: readonly string[]): string {
  return quoteArgv(['git', '-C', folder, ...words])
}
