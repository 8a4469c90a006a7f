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
  /** Given to an include, or item of a loop: stronger than set_fact. */
  readonly isParam?: true
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
  readonly runOnce?: unknown
  readonly delegateTo?: unknown
  readonly delegateFacts?: unknown
  readonly ignoreUnreachable?: unknown
  readonly anyErrorsFatal?: unknown
  /** Of a block: for its tasks that say no notify of their own. */
  readonly notify?: readonly string[]
  /** How many hosts may do the task at once. */
  readonly throttle?: unknown
  /** `local`: on this machine instead of over SSH. */
  readonly connection?: unknown
  /** Outer ones first. */
  readonly moduleDefaults?: readonly ModuleDefaults[]
}

/** `module_defaults`: values for parameters that a task does not give, by canonical name of the module. */
export type ModuleDefaults = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** What `loop`, `with_*` and `loop_control` say. */
export interface Looped {
  readonly loop?: unknown
  /** `dict` for with_dict, and so on; undefined for `loop`. */
  readonly loopKind?: string
  readonly loopVar: string
  readonly indexVar?: string
  readonly loopLabel?: unknown
  /** Seconds between items. */
  readonly loopPause?: unknown
  /** Items see `ansible_loop`. */
  readonly loopExtended?: true
}

export interface Task extends Place, Looped {
  readonly kind: 'task'
  readonly name: string
  /** Canonical name of the module. */
  readonly module: string
  readonly args: Readonly<Record<string, unknown>>
  /** Line of each argument. */
  readonly argLines: Readonly<Record<string, number>>
  readonly keywords: Keywords
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
export interface Include extends Place, Looped {
  readonly kind: 'include'
  readonly name: string
  readonly keywords: Keywords
  readonly what: 'tasks' | 'role'
  readonly dynamic: boolean
  /** File of tasks, or name of the role. */
  readonly target: string
  /** File names without ending of a role's parts; main unless told. */
  readonly tasksFrom: string
  readonly varsFrom: string
  readonly defaultsFrom: string
  readonly handlersFrom: string
  /** Keywords for what is included; those of the include itself are its own, as in Ansible. */
  readonly apply?: Keywords
  /** The role's variables are seen by the rest of the play. */
  readonly public?: true
  /** A role that has run on the host does not run again. */
  readonly once?: true
  /** The role's arguments are not checked against its specification. */
  readonly unchecked?: true
}

export interface Meta extends Place {
  readonly kind: 'meta'
  readonly name: string
  readonly keywords: Keywords
  readonly action: MetaAction
}

export type MetaAction =
  | 'flush_handlers'
  | 'end_host'
  | 'end_play'
  | 'end_batch'
  | 'end_role'
  | 'noop'
  | 'clear_facts'
  | 'clear_host_errors'
  | 'reset_connection'

export type TaskNode = Task | Block | Include | Meta

export interface Role {
  readonly name: string
  readonly path: string
  readonly defaults: VarsLayer
  readonly vars: VarsLayer
  /** By file name without its ending: main, and others for tasks_from, vars_from, … */
  readonly defaultsFiles: ReadonlyMap<string, VarsLayer>
  readonly varsFiles: ReadonlyMap<string, VarsLayer>
  readonly handlersFiles: ReadonlyMap<string, readonly TaskNode[]>
  readonly tasks: ReadonlyMap<string, readonly TaskNode[]>
  /** By file of tasks: the task that checks the role's arguments before them. */
  readonly argumentSpecs: ReadonlyMap<string, Task>
  readonly dependencies: readonly RoleUse[]
  /** May run several times with the same parameters. */
  readonly allowDuplicates: boolean
}

/** An entry of `vars_files`: the first of these files that is there; their names may hold templates. */
export interface VarsFile extends Place {
  /** Paths, not rendered yet. */
  readonly names: readonly string[]
  /** Those that are there, by path. */
  readonly layers: ReadonlyMap<string, VarsLayer>
  /** Those that may be meant and cannot be read, with the reason: a fault only where one of them is. */
  readonly broken: ReadonlyMap<string, string>
}

/** A role in a play's list, with its parameters. */
export interface RoleUse extends Place {
  readonly role: string
  readonly keywords: Keywords
  readonly params: VarsLayer
  /** Those of `params` that stand outside of `vars`: a role with an argument specification must know them. */
  readonly ownParams: readonly string[]
}

export interface Play extends Place {
  readonly name: string
  /** Pattern, not rendered yet. */
  readonly hosts: string
  readonly keywords: Keywords
  /** undefined: facts are asked for when an expression looks at them. */
  readonly gatherFacts?: boolean
  readonly varsFiles: readonly VarsFile[]
  readonly roles: readonly RoleUse[]
  readonly preTasks: readonly TaskNode[]
  readonly tasks: readonly TaskNode[]
  readonly postTasks: readonly TaskNode[]
  readonly handlers: readonly TaskNode[]
  /** Slots: how many hosts at once; several numbers = waves. Numbers or percents, not rendered yet. */
  readonly serial?: readonly unknown[]
  /** Order of the hosts; that of the inventory unless told. */
  readonly order?: HostOrder
  readonly maxFailPercentage?: number
  readonly forceHandlers: boolean
  readonly prompts: readonly VarsPrompt[]
}

/** quorum: members of a quorum take turns (docs/quorum.md); the others are Ansible's. */
export type HostOrder = 'inventory' | 'reverse_inventory' | 'sorted' | 'reverse_sorted' | 'shuffle' | 'quorum'

/** A variable that is asked for before the run starts, unless -e gives it. */
export interface VarsPrompt extends Place {
  readonly name: string
  readonly prompt: string
  readonly isPrivate: boolean
  readonly default?: unknown
  readonly confirm: boolean
}

export interface Playbook {
  readonly file: string
  readonly plays: readonly Play[]
  readonly roles: ReadonlyMap<string, Role>
  /** Files of include_tasks and import_tasks, by absolute path. */
  readonly taskFiles: ReadonlyMap<string, readonly TaskNode[]>
}
