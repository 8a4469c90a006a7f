import type { StepOutput } from '../plan/program-reader.ts'
import type { Answer, Question, TaskPlan } from '../plan/types.ts'
import type { ParamsSchema } from './params.ts'

/** Local files as the planner sees them; read once and remembered (load-content.ts). */
export interface ContentSource {
  /** Bytes of a local file. Throws ConfigError when it is missing. */
  read(file: string): Buffer
  exists(file: string): boolean
  isDirectory(file: string): boolean
  /** SHA-256 in hex, without keeping the bytes. */
  sha256(file: string): string
  /** SHA-1 in hex: what Ansible's results call `checksum`. */
  sha1(file: string): string
  /** The file was written in the meantime: what was remembered of it does not hold. */
  forget(file: string): void
  /** Bytes. */
  size(file: string): number
  /** Four octal digits. */
  mode(file: string): string
  /** Everything below a folder, folders before what is in them. */
  list(folder: string): readonly LocalEntry[]
}

/** A path below a local folder. */
export interface LocalEntry {
  /** Relative to the folder. */
  readonly path: string
  readonly kind: 'file' | 'directory' | 'link'
  /** Of a link: its text. */
  readonly target?: string
}

/** What a plan may look at besides params and observation; nothing here changes anything. */
export interface ModuleContext {
  readonly host: string
  readonly check: boolean
  readonly diff: boolean
  /** Folder of the play's file: where relative paths of this machine begin. */
  readonly playFolder: string
  readonly content: ContentSource
  /** Path of a role's or playbook's file by Ansible's search order. Throws ConfigError naming the places looked at. */
  find(folder: 'files' | 'templates' | 'vars', name: string): string
  /** Renders a template file's text with the task's variables. */
  render(text: string, file: string): string
  /** The value of a JavaScript expression over the task's variables. */
  evaluate(expression: string): unknown
}

export type Questions = Readonly<Record<string, Question>>
export type Answers = Readonly<Record<string, Answer>>

/**
 * One kind of task. `questions` and `plan` are pure: the same params and the same observation give the same plan, and the
 * observation that an applied plan leads to gives an empty one.
 */
export interface Module<P, O> {
  readonly name: string
  /** One sentence for docs and `unknown module` messages. */
  readonly summary: string
  readonly schema: ParamsSchema
  questions?(params: P, context: ModuleContext): Questions
  /** Makes plain data of the answers. Throws ObservationError when the host could not tell. */
  observe?(answers: Answers, params: P): O
  plan(params: P, observed: O, context: ModuleContext): TaskPlan
  /** What `register` gets from the output of an applied plan, besides changed, failed, rc. */
  result?(params: P, output: StepOutput): Readonly<Record<string, unknown>>
  /** False: doing it twice is not the same as once (command, shell), so a step cut off in the middle is not repeated. */
  readonly repeatable?: boolean
  /** What its programs print is for `result` alone: it is not shown. */
  readonly quiet?: boolean
  /** Register stdout, stderr and rc. */
  readonly keepsOutput?: boolean
}

/** With its types forgotten, as the registry holds it; params are checked against the schema before they come in. */
export type AnyModule = Module<never, never>

/** Makes a module out of its typed halves. */
export function defineModule<P, O>(module: Module<P, O>): AnyModule {
  return module as unknown as AnyModule
}
