import type { Vars } from '../inventory/types.ts'

/** Where something was written. */
export interface Place {
  readonly file: string
  readonly line: number
}

/** A JavaScript expression of `when`, `changed_when`, …; YAML's true and false stay what they are. */
export interface Expression extends Place {
  readonly text: string | boolean
}

/** Variables with the place of each, so that an error inside one names it. */
export interface VarsLayer {
  readonly file: string
  readonly lines: Readonly<Record<string, number>>
  readonly vars: Vars
  /** Values that came from hosts: never rendered, or a host could make us run its text. */
  readonly raw?: true
}

/** Keywords that a play, a block and a task share; inherited downwards, see inherit.ts. Values are not rendered yet. */
export interface Keywords {
  readonly when: readonly Expression[]
  readonly tags: readonly string[]
  readonly vars: readonly VarsLayer[]
  readonly become?: unknown
  readonly becomeUser?: unknown
  readonly becomeMethod?: unknown
  readonly environment: readonly unknown[]
  readonly ignoreErrors?: unknown
  readonly noLog?: unknown
  readonly checkMode?: unknown
  readonly diff?: unknown
  readonly runOnce?: boolean
  readonly delegateTo?: unknown
}

export interface Task extends Place {
  readonly kind: 'task'
  readonly name: string
  /** Canonical name of the module. */
  readonly module: string
  readonly args: Readonly<Record<string, unknown>>
  /** Line of each argument. */
  readonly argLines: Readonly<Record<string, number>>
  readonly keywords: Keywords
  readonly loop?: unknown
  readonly loopVar: string
  readonly indexVar?: string
  readonly loopLabel?: unknown
  readonly register?: string
  readonly notify: readonly string[]
  readonly listen: readonly string[]
  readonly changedWhen?: readonly Expression[]
  readonly failedWhen?: readonly Expression[]
  readonly until?: readonly Expression[]
  readonly retries?: unknown
  /** Seconds between tries. */
  readonly delay?: unknown
}

export interface Block extends Place {
  readonly kind: 'block'
  readonly name: string
  readonly keywords: Keywords
  readonly block: readonly TaskNode[]
  readonly rescue: readonly TaskNode[]
  readonly always: readonly TaskNode[]
}

/** include_* is expanded when a host reaches it, import_* before the play starts. */
export interface Include extends Place {
  readonly kind: 'include'
  readonly name: string
  readonly keywords: Keywords
  readonly what: 'tasks' | 'role'
  readonly dynamic: boolean
  /** File of tasks, or name of the role. */
  readonly target: string
  /** include_role: tasks_from. */
  readonly tasksFrom: string
  readonly loop?: unknown
  readonly loopVar: string
}

export interface Meta extends Place {
  readonly kind: 'meta'
  readonly name: string
  readonly keywords: Keywords
  readonly action: 'flush_handlers' | 'end_host' | 'end_play' | 'noop' | 'clear_facts'
}

export type TaskNode = Task | Block | Include | Meta

export interface Role {
  readonly name: string
  readonly path: string
  readonly defaults: VarsLayer
  readonly vars: VarsLayer
  readonly handlers: readonly TaskNode[]
  /** By file name without its ending: main, and others for tasks_from. */
  readonly tasks: ReadonlyMap<string, readonly TaskNode[]>
  readonly dependencies: readonly RoleUse[]
}

/** A role in a play's list, with its parameters. */
export interface RoleUse extends Place {
  readonly role: string
  readonly keywords: Keywords
  readonly params: VarsLayer
}

export interface Play extends Place {
  readonly name: string
  /** Pattern, not rendered yet. */
  readonly hosts: string
  readonly keywords: Keywords
  /** undefined: facts are asked for when an expression looks at them. */
  readonly gatherFacts?: boolean
  readonly varsFiles: readonly VarsLayer[]
  readonly roles: readonly RoleUse[]
  readonly preTasks: readonly TaskNode[]
  readonly tasks: readonly TaskNode[]
  readonly postTasks: readonly TaskNode[]
  readonly handlers: readonly TaskNode[]
  /** Slots: how many hosts at once; several numbers = waves. Numbers or percents, not rendered yet. */
  readonly serial?: readonly unknown[]
  readonly maxFailPercentage?: number
  readonly anyErrorsFatal: boolean
  readonly forceHandlers: boolean
}

export interface Playbook {
  readonly file: string
  readonly plays: readonly Play[]
  readonly roles: ReadonlyMap<string, Role>
  /** Files of include_tasks and import_tasks, by absolute path. */
  readonly taskFiles: ReadonlyMap<string, readonly TaskNode[]>
}
