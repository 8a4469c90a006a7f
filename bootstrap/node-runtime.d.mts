export interface RuntimeFile {
  /** Below the runtime's folder. */
  readonly path: string
  readonly source: string
  readonly mode: number
}

export interface Runtime {
  readonly files: readonly RuntimeFile[]
  /** Path of the dynamic loader among the files; undefined for a Node that is linked statically. */
  readonly loader: string | undefined
}

export function runtimeFiles(executable?: string): Runtime
export function runtimeCommand(loader: string | undefined): string
export function writeRuntime(folder: string, runtime: Runtime): void
