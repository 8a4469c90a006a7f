import { treeKey } from '../../plan/resources.ts'
import type { Action, PathState, TaskPlan } from '../../plan/types.ts'
import { noChange, refused } from '../no-change.ts'
import { stateIn } from '../observation.ts'
import { ownershipParams, type Ownership } from '../ownership.ts'
import { defineModule, type ModuleContext } from '../types.ts'

interface UnarchiveParams extends Ownership {
  readonly src: string
  readonly dest: string
  readonly creates: string
  readonly strip: number
}

interface UnarchiveObserved {
  readonly creates: PathState
  readonly dest: PathState
}

export const unarchiveModule = defineModule<UnarchiveParams, UnarchiveObserved>({
  name: 'unarchive',
  summary: 'unpacks a local archive on the host, when what it creates is missing',
  schema: {
    params: {
      src: { type: 'text', required: true, about: 'archive here (tar, plain or compressed)' },
      dest: { type: 'path', required: true, about: 'folder on the host; made when missing' },
      creates: {
        type: 'path',
        required: true,
        about: 'path that the archive brings; it is there = nothing to do',
      },
      strip: { type: 'integer', default: 0, about: 'leading folders to cut off names' },
      ...ownershipParams,
    },
  },
  questions: (params) => ({
    creates: { ask: 'stat', path: params.creates },
    dest: { ask: 'stat', path: params.dest },
  }),
  observe: (answers) => ({ creates: stateIn(answers['creates']), dest: stateIn(answers['dest']) }),
  plan: planUnarchive,
})

/** What could not be unpacked is removed: a full disk would stay full. */
const unpackScript = `tar -x -f "$1" -C "$2" --no-same-owner --strip-components="$3" && exit 0
code=$?
rm -f -- "$1"
[ "$4" = fresh ] && rm -rf -- "$2"
exit "$code"`

/**
 * Unpacked beside the destination and moved there in one step: killed in the middle, `creates` is still missing, and the
 * next run starts again. A folder that is there already takes the files one by one.
 */
function planUnarchive(
  params: UnarchiveParams,
  observed: UnarchiveObserved,
  context: ModuleContext,
): TaskPlan {
  if (observed.creates.kind !== 'absent')
    return { ...noChange(`${params.creates} exists`, { dest: params.dest }), skipped: true }
  if (observed.dest.kind === 'file') return refused(`${params.dest} is a file, not a folder`)
  const file = context.find('files', params.src)
  const staged = `/tmp/kmesos-${context.content.sha256(file).slice(0, 16)}.archive`
  const fresh = observed.dest.kind === 'absent'
  const folder = fresh ? `${params.dest.replace(/\/+$/, '')}.kmesos-unpacking` : params.dest
  const run = (...argv: readonly string[]): Action => ({ do: 'run', argv })
  return {
    actions: [
      { do: 'upload', file, path: staged, mode: '0600' },
      ...(fresh ? [run('rm', '-rf', '--', folder)] : []),
      run('mkdir', '-p', '--', folder),
      run('sh', '-c', unpackScript, 'sh', staged, folder, String(params.strip), fresh ? 'fresh' : ''),
      ...(params.owner === undefined ? [] : [run('chown', '-R', '--', params.owner, folder)]),
      ...(params.group === undefined ? [] : [run('chgrp', '-R', '--', params.group, folder)]),
      ...(params.mode === undefined ? [] : [run('chmod', '--', params.mode, folder)]),
      ...(fresh ? [run('mv', '-T', '--', folder, params.dest)] : []),
      run('rm', '-f', '--', staged),
      run('test', '-e', params.creates),
    ],
    changed: true,
    message: `unpack ${params.src} into ${params.dest}`,
    touches: [treeKey(params.dest)],
    result: { dest: params.dest },
  }
}
