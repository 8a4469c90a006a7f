export interface UserParams {
  readonly name: string
  readonly state: 'present' | 'absent'
  readonly uid?: number
  readonly non_unique: boolean
  readonly group?: string
  readonly groups?: readonly string[]
  readonly append: boolean
  readonly home?: string
  readonly move_home: boolean
  readonly shell?: string
  readonly comment?: string
  readonly system: boolean
  readonly create_home: boolean
  readonly skeleton?: string
  readonly umask?: string
  /** As crypt(3) makes it. */
  readonly password?: string
  readonly update_password: 'always' | 'on_create'
  readonly password_lock?: boolean
  /** Seconds since 1970; negative: never. */
  readonly expires?: number
  readonly password_expire_max?: number
  readonly password_expire_min?: number
  readonly remove: boolean
  readonly force: boolean
  readonly generate_ssh_key: boolean
  readonly ssh_key_type: string
  readonly ssh_key_bits?: number
  readonly ssh_key_file?: string
  readonly ssh_key_comment?: string
}

/** What passwd, group and shadow say of a user. */
export interface UserSeen {
  readonly uid: number
  readonly gid?: number
  readonly home: string
  readonly shell: string
  readonly comment: string
  /** Name of the primary group. */
  readonly group: string
  readonly groups: readonly string[]
  /** False: there is no home folder. */
  readonly homeExists?: boolean
  readonly shadow?: ShadowSeen
  /** Text of the public key, empty when there is none. */
  readonly publicKey?: string
}

export interface ShadowSeen {
  readonly hash: string
  readonly min: string
  readonly max: string
  /** Days since 1970, empty: never. */
  readonly expires: string
}

export interface UserObserved {
  readonly user: UserSeen | null
  /** There is a group of the user's name. */
  readonly groupOfName?: boolean
}
