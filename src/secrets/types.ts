import type { Secret } from '../kernel/secret.ts'

/** Everything secret of one deployment, from the operator's passwords file. */
export interface Credentials {
  /** Passwords by the names that roles declare. */
  readonly passwords: ReadonlyMap<string, Secret>
  /** 32 bytes in base64 each. */
  readonly keys: {
    readonly operator: Secret
    readonly reader: Secret
    readonly services: ReadonlyMap<string, Secret>
  }
}

/** What a passwords file must hold for a set of roles. */
export interface NeededSecrets {
  readonly passwords: readonly string[]
  readonly services: readonly string[]
}
