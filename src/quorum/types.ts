/** What a quorum is made of. Plain data: what the observer saw goes in, the next step comes out. */

export type Component = 'zookeeper' | 'mesos-master' | 'marathon'

/**
 * absent: no container and no data. stopped: it could be started with what is there. running: it runs and is not (yet) part
 * of the quorum. unreachable: nobody knows; it may hold the newest data.
 */
export type MemberState = 'absent' | 'stopped' | 'running' | 'in-sync' | 'leader' | 'unreachable'

export interface Member {
  readonly name: string
  readonly state: MemberState
  /** It was part of a quorum once: what it holds may be the only copy. */
  readonly hasData: boolean
  /** Names of the voters that its container was made with; empty without a container, and where the component has none. */
  readonly list: readonly string[]
  /** Votes that it was told to need, where that is told by number (`--quorum` of a Mesos master). */
  readonly quorum?: number
  /** Its host would be changed. */
  readonly differs: boolean
  /** Why nothing may be done with it: it answers in another one's name. */
  readonly fault?: string
}

export interface Situation {
  readonly component: Component
  /** All that are known: the wanted ones, and those that the present ones count on. */
  readonly members: readonly Member[]
  /** Names of all voters afterwards, in their order. */
  readonly wanted: readonly string[]
  /** Members that the operator has declared dead: they never come back, nobody waits for them. */
  readonly dead: readonly string[]
  /** Members that run have had their time to come in sync, and have not. */
  readonly waited: boolean
}

export type Act = 'create' | 'start' | 'change' | 'remove'

export interface Step {
  readonly do: Act
  /** All at once. */
  readonly members: readonly string[]
  /** running: they cannot come in sync before the next step. */
  readonly until: 'running' | 'in-sync' | 'gone'
  /** The quorum stops for some seconds: there is no member to spare, whatever the order. */
  readonly stops: boolean
}

export type Next =
  | Step
  | { readonly do: 'nothing' }
  | { readonly do: 'wait'; readonly members: readonly string[] }
  | { readonly do: 'refuse'; readonly message: string; readonly hint: string }
