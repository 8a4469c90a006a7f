/**
 * Plays as plain data, small enough that their meaning can be said twice: as a playbook for the runner (playbook.ts), and by an
 * interpreter that does one task at a time (interpret.ts). Files are `f0`…, in a folder of each host; registers `r0`…, facts `v0`….
 */
export type Act =
  /** A command whose only trace is the host's log. */
  | { readonly do: 'log' }
  | { readonly do: 'break' }
  | { readonly do: 'write'; readonly file: string; readonly value: Value }
  | { readonly do: 'line'; readonly file: string; readonly text: string }
  | { readonly do: 'remove'; readonly file: string }
  /** A command with `creates`. */
  | { readonly do: 'create'; readonly file: string }
  /** A command that nobody can look into. */
  | { readonly do: 'spoil'; readonly file: string; readonly text: string }
  | { readonly do: 'read'; readonly file: string }
  | { readonly do: 'stat'; readonly file: string }
  | { readonly do: 'fact'; readonly fact: string; readonly value: Value }

export type Value =
  | { readonly text: string }
  | { readonly stdout: string }
  | { readonly fact: string }
  | { readonly item: true }

export type Condition =
  | { readonly is: 'host'; readonly host: string }
  | {
      readonly is: 'changed' | 'failed' | 'skipped' | 'exists'
      readonly register: string
      readonly not: boolean
    }
  | { readonly is: 'said'; readonly register: string; readonly text: string }
  | { readonly is: 'fact'; readonly fact: string; readonly text: string }
  | { readonly is: 'item'; readonly text: string }
  | { readonly is: 'never' }

export interface TaskModel {
  readonly kind: 'task'
  readonly name: string
  readonly act: Act
  readonly when?: Condition
  readonly loop?: readonly string[]
  readonly register?: string
  readonly ignoreErrors?: boolean
  readonly unchanged?: boolean
  readonly notify?: string
  readonly tags?: readonly string[]
  readonly runOnce?: boolean
  /** Another host's link; paths stay those of the host itself, for all are one machine. */
  readonly delegateTo?: string | undefined
}

export interface BlockModel {
  readonly kind: 'block'
  readonly block: readonly Node[]
  readonly rescue: readonly Node[]
  readonly always: readonly Node[]
  readonly when?: Condition
  readonly tags?: readonly string[]
  readonly ignoreErrors?: boolean
}

export interface IncludeModel {
  readonly kind: 'include'
  readonly name: string
  readonly tasks: readonly Node[]
  readonly when?: Condition
  readonly tags?: readonly string[]
}

export interface FlushModel {
  readonly kind: 'flush'
}

export type Node = TaskModel | BlockModel | IncludeModel | FlushModel

export interface PlayModel {
  readonly tasks: readonly Node[]
  readonly handlers: readonly TaskModel[]
  readonly serial?: number
}

export interface RunModel {
  readonly hosts: readonly string[]
  readonly plays: readonly PlayModel[]
  readonly tags?: readonly string[]
  readonly skipTags?: readonly string[]
}

export const registers = ['r0', 'r1', 'r2']
export const facts = ['v0', 'v1']
/** What registers and facts hold before anything gave them a value. */
export const unset = { register: { changed: false, failed: false, skipped: false }, fact: 'unset' }
