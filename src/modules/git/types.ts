export interface GitParams {
  readonly repo: string
  readonly dest: string
  readonly version: string
  readonly remote: string
  readonly clone: boolean
  readonly update: boolean
  readonly force: boolean
  readonly depth?: number
  readonly bare: boolean
  readonly recursive: boolean
  readonly single_branch: boolean
  readonly accept_hostkey: boolean
  readonly key_file?: string
  readonly ssh_opts?: string
}

export interface GitObserved {
  /** Why the host cannot tell: no git, a folder of another owner. */
  readonly fault?: string
  /** repository; `files`: a folder that holds something else; `nothing`: absent, or an empty folder. */
  readonly dest: 'repository' | 'files' | 'nothing'
  /** Commit of HEAD. */
  readonly head?: string
  /** Tracked files differ from HEAD. */
  readonly dirty: boolean
  readonly url?: string
  /** By name, as the other side tells them; none where it was not asked. */
  readonly refs: Readonly<Record<string, string>>
  /** Why the other side cannot be read. */
  readonly away?: string
}
