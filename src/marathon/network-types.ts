export interface Network {
  readonly mode: 'host' | 'container/bridge' | 'container'
  readonly name?: string
  readonly labels?: Readonly<Record<string, string>>
}

export type PortProtocol = 'tcp' | 'udp' | 'udp,tcp'

/** A port of an app on the host network. 0 = any; Marathon replaces it by a free service port. */
export interface PortDefinition {
  readonly port: number
  readonly protocol?: PortProtocol
  readonly name?: string
  readonly labels?: Readonly<Record<string, string>>
}

/** A port of an app on a bridge or container network. */
export interface PortMapping {
  readonly containerPort?: number
  readonly hostPort?: number
  readonly servicePort?: number
  readonly protocol?: PortProtocol
  readonly name?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly networkNames?: readonly string[]
}
