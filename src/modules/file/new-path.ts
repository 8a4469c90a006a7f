import type { Action } from '../../plan/types.ts'
import { resolveMode } from '../mode.ts'
import type { Ownership } from '../ownership.ts'

const firstModes = { file: '0644', directory: '0755' } as const

/** Owner, group and mode of a path that was just made. */
export function absentOwnership(
  wanted: { readonly [K in keyof Ownership]?: Ownership[K] | undefined },
  path: string,
  kind: keyof typeof firstModes,
): readonly Action[] {
  const mode =
    wanted.mode === undefined ? undefined : resolveMode(wanted.mode, firstModes[kind], kind === 'directory')
  const run = (program: string, value: string | undefined): readonly Action[] =>
    value === undefined ? [] : [{ do: 'run', argv: [program, '--', value, path] }]
  return [...run('chown', wanted.owner), ...run('chgrp', wanted.group), ...run('chmod', mode)]
}
