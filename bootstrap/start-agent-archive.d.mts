import type { Runtime } from './node-runtime.mjs'

export interface StartAgent {
  readonly digest: string
  /** Name of the archive in the folder. */
  readonly file: string
}

export function writeStartAgent(dist: string, runtime: Runtime): StartAgent
export function writeWhole(file: string, content: string | Uint8Array): void
