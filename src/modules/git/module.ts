import { treeKey } from '../../plan/resources.ts'
import type { TaskPlan } from '../../plan/types.ts'
import { noChange, refused } from '../no-change.ts'
import { textIn } from '../observation.ts'
import { defineModule, type Answers } from '../types.ts'
import { cloneScript, lookScript, remoteScript, updateScript } from './scripts.ts'
import type { GitObserved, GitParams } from './types.ts'
import { parseRefs, versionOf, type Version } from './version.ts'

export const gitModule = defineModule<GitParams, GitObserved>({
  name: 'git',
  summary: 'makes a folder of the host a checkout of a git repository',
  schema: {
    params: {
      repo: { type: 'text', required: true, aliases: ['name'] },
      dest: { type: 'path', required: true },
      version: { type: 'text', default: 'HEAD', about: 'branch, tag or commit' },
      remote: { type: 'text', default: 'origin', about: 'name of the other side in the checkout' },
      clone: { type: 'flag', default: true, about: 'false: a missing checkout stays missing' },
      update: { type: 'flag', default: true, about: 'false: a checkout that is there stays as it is' },
      force: { type: 'flag', default: false, about: 'throw changes of tracked files away' },
      depth: { type: 'integer', about: 'only so many commits' },
      bare: { type: 'flag', default: false, about: 'without files' },
      recursive: { type: 'flag', default: false, about: 'submodules too (for Ansible the default)' },
      single_branch: { type: 'flag', default: false },
      accept_hostkey: { type: 'flag', default: false, about: 'take any key of an SSH server' },
      key_file: { type: 'path', about: "private key on the host, for the repository's SSH server" },
      ssh_opts: { type: 'text' },
    },
    unsupported: {
      refspec: 'all branches and tags are fetched',
      track_submodules: 'submodules are those of the commit',
      verify_commit: 'use command: git verify-commit',
      gpg_whitelist: 'use command: git verify-commit',
      archive: 'use command: git archive',
      archive_prefix: 'use command: git archive',
      separate_git_dir: 'use command: git clone --separate-git-dir',
      reference: 'use command: git clone --reference',
      executable: 'the git of PATH is used',
      umask: 'set the mode with the module file',
      accept_newhostkey: 'write the key with the module known_hosts',
    },
  },
  questions: (params) => ({
    // Commits elsewhere in the folder's objects or files of others count too.
    here: { ask: 'sh', script: lookScript(params), reads: [treeKey(params.dest)] },
    ...(params.clone || params.update
      ? { there: { ask: 'sh', network: true, script: remoteScript(params) } as const }
      : {}),
  }),
  observe: observeGit,
  plan: planGit,
  result: (_params, output) => {
    const after = /^after ([0-9a-f]{40})$/m.exec(output.stdout)?.[1]
    return after === undefined ? {} : { after }
  },
})

function observeGit(answers: Answers): GitObserved {
  const lines = textIn(answers['here']).text.split('\n')
  const word = (name: string): string | undefined =>
    lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1)
  const told = (name: string): Readonly<Record<string, string>> => {
    const value = word(name)
    return value === undefined ? {} : { [name]: value }
  }
  const there = answers['there'] === undefined ? undefined : textIn(answers['there'])
  const away = there !== undefined && there.exitCode !== 0 ? there.text.trim() : undefined
  const isRepository = lines.includes('repository')
  return {
    ...told('fault'),
    dest: isRepository ? 'repository' : lines.includes('files') ? 'files' : 'nothing',
    ...told('head'),
    dirty: lines.includes('dirty'),
    ...told('url'),
    refs: parseRefs(there?.text ?? ''),
    ...(away === undefined ? {} : { away }),
  }
}

function planGit(params: GitParams, seen: GitObserved): TaskPlan {
  const { dest, repo } = params
  const before = seen.head ?? null
  if (seen.fault !== undefined)
    return refused(`git cannot tell of ${dest}: ${seen.fault}`, hintFor(seen.fault))
  if (seen.dest === 'files')
    return refused(`${dest} holds files and is no git repository`, 'remove it, or choose another dest')
  const stays = seen.dest === 'repository' ? !params.update : !params.clone
  if (stays) return noChange(`${dest} stays as it is`, { before, after: before })
  if (seen.dirty && !params.force)
    return refused(`${dest} has local modifications`, 'set force: true to throw them away')
  if (seen.away !== undefined) return refused(`cannot read ${repo}: ${seen.away.split('\n')[0] ?? ''}`)
  const version = versionOf(params, seen.refs)
  if (!version) return refused(`${repo} has no branch, tag or commit ${params.version}`)
  return seen.dest === 'nothing' ? planClone(params, version) : planUpdate(params, seen, version)
}

function hintFor(fault: string): string | undefined {
  if (/not installed/.test(fault)) return 'install the package git'
  return /dubious ownership/.test(fault) ? 'run the task as the owner of the folder (become_user)' : undefined
}

function planClone(params: GitParams, version: Version): TaskPlan {
  const { repo, dest } = params
  return {
    actions: [{ do: 'script', script: cloneScript(params, version) }],
    changed: true,
    message: `clone ${repo} to ${dest} at ${params.version}`,
    touches: [treeKey(dest)],
    result: { before: null, after: version.sha },
  }
}

function planUpdate(params: GitParams, seen: GitObserved, version: Version): TaskPlan {
  const { dest, repo } = params
  const before = seen.head ?? null
  const moved = seen.url !== repo
  const result = { before, after: version.sha, remote_url_changed: moved && seen.url !== undefined }
  if (before?.startsWith(version.sha) && !seen.dirty && !moved)
    return noChange(`${dest} is at ${params.version}`, { ...result, after: before })
  return {
    actions: [{ do: 'script', script: updateScript(params, version, seen.url !== undefined) }],
    changed: true,
    message: `update ${dest} to ${params.version}${seen.dirty ? ', without its local modifications' : ''}`,
    touches: [treeKey(dest)],
    result,
  }
}
