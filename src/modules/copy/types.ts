import type { Ownership } from '../ownership.ts'

export interface CopyParams extends Ownership {
  readonly src?: string
  readonly content?: unknown
  readonly dest: string
  readonly force: boolean
  readonly backup: boolean
  readonly validate?: string
  readonly follow: boolean
  readonly local_follow: boolean
  readonly remote_src: boolean
  readonly directory_mode?: string
  readonly checksum?: string
}
