import type { MemberPlace } from './probe-script.ts'
import type { MemberState } from './types.ts'

/** What a host told about its member. */
export interface MemberReport {
  readonly state: MemberState
  readonly hasData: boolean
  /** Votes that its container was told to need. */
  readonly quorum?: number
  /** `server.N=…` of its container, N and the address. */
  readonly servers: readonly Server[]
  /** Its own number, as its container was told. */
  readonly id?: number
  readonly fault?: string
}

export interface Server {
  readonly id: number
  readonly address: string
}

export const unknownReport: MemberReport = { state: 'unreachable', hasData: true, servers: [] }

export function parseProbe(text: string, place: MemberPlace): MemberReport {
  const container = sectionOf(text, 'container')
  const data = sectionOf(text, 'data').split('\n')
  const answer = sectionOf(text, 'answer')
  const role = roleIn(answer, place)
  const inspected = container.startsWith('[') ? parseInspect(container) : undefined
  const hasData =
    role !== undefined || data.includes('holds') || data.some((line) => /^epoch [1-9]/.test(line))
  const state = stateOf({ isAway: container.startsWith('away'), running: inspected?.running, role, hasData })
  const made = inspected ?? { words: [], env: new Map<string, string>() }
  const servers = parseServers(made.env.get('ZOO_SERVERS') ?? '')
  const id = Number(made.env.get('ZOO_MY_ID') ?? Number.NaN)
  const quorum = /^--quorum=(\d+)$/.exec(made.words.find((word) => word.startsWith('--quorum=')) ?? '')?.[1]
  const isNone = container === 'none' && role !== undefined
  const fault = isNone
    ? `something answers on port ${place.port}, and there is no container ${place.container}`
    : faultOf(data, { id, servers, inspected: inspected !== undefined, place })
  return {
    ...{ state, hasData, servers },
    ...(quorum === undefined ? {} : { quorum: Number(quorum) }),
    ...(Number.isNaN(id) ? {} : { id }),
    ...(fault === undefined ? {} : { fault }),
  }
}

function stateOf(seen: {
  readonly isAway: boolean
  readonly running: boolean | undefined
  readonly role: 'leader' | 'in-sync' | undefined
  readonly hasData: boolean
}): MemberState {
  // Where Docker does not answer, the member's own answer counts; a silent one may be anything.
  if (seen.isAway) return seen.role ?? 'unreachable'
  if (seen.running === undefined) return seen.role ?? (seen.hasData ? 'stopped' : 'absent')
  return seen.running ? (seen.role ?? 'running') : 'stopped'
}

function roleIn(answer: string, { component, address, port }: MemberPlace): 'leader' | 'in-sync' | undefined {
  switch (component) {
    case 'zookeeper': {
      const mode = /^Mode: (\w+)/m.exec(answer)?.[1]
      if (mode === 'leader' || mode === 'standalone') return 'leader'
      return mode === 'follower' || mode === 'observer' ? 'in-sync' : undefined
    }
    case 'mesos-master': {
      const isOne = (name: string): boolean => new RegExp(`"${name}":\\s*1(?:\\.0)?\\b`).test(answer)
      if (!isOne('registrar\\\\?/log\\\\?/recovered')) return undefined
      return isOne('master\\\\?/elected') ? 'leader' : 'in-sync'
    }
    case 'marathon': {
      const leader = /"leader":\s*"([^"]+)"/.exec(answer)?.[1]
      if (leader === undefined) return undefined
      return leader === `${address}:${port}` ? 'leader' : 'in-sync'
    }
  }
}

interface Inspected {
  readonly running: boolean
  readonly env: ReadonlyMap<string, string>
  readonly words: readonly string[]
}

function parseInspect(text: string): Inspected | undefined {
  const [found] = JSON.parse(text) as readonly {
    readonly State?: { readonly Running?: boolean; readonly Restarting?: boolean }
    readonly Config?: { readonly Env?: readonly string[] | null; readonly Cmd?: readonly string[] | null }
  }[]
  if (!found) return undefined
  const env = new Map((found.Config?.Env ?? []).map((each) => pairOf(each)))
  return { running: found.State?.Running === true, env, words: found.Config?.Cmd ?? [] }
}

function pairOf(text: string): readonly [string, string] {
  const at = text.indexOf('=')
  return [text.slice(0, at), text.slice(at + 1)]
}

/** server.1=10.0.0.1:2888:3888;2181 server.2=… */
export function parseServers(text: string): readonly Server[] {
  return [...text.matchAll(/(?:^|\s)server\.(\d+)=(\[[^\]]*\]|[^:\s]+):/g)].map((found) => ({
    id: Number(found[1]),
    address: (found[2] ?? '').replace(/^\[|\]$/g, ''),
  }))
}

function faultOf(
  data: readonly string[],
  about: {
    readonly id: number
    readonly servers: readonly Server[]
    readonly inspected: boolean
    readonly place: MemberPlace
  },
): string | undefined {
  const { id, servers, inspected, place } = about
  if (place.component !== 'zookeeper' || !inspected) return undefined
  if (Number.isNaN(id) || servers.length === 0)
    return `its container ${place.container} was not made by kmesos (no ZOO_MY_ID, no ZOO_SERVERS)`
  const held = data
    .find((line) => line.startsWith('myid '))
    ?.slice('myid '.length)
    .trim()
  if (held !== undefined && held !== '' && Number(held) !== id)
    return `its data belong to id ${held}, and its container is told id ${id}`
  return undefined
}

function sectionOf(text: string, name: string): string {
  const start = text.indexOf(`## ${name}\n`)
  if (start < 0) return ''
  const rest = text.slice(start + name.length + 4)
  const end = rest.search(/^## (?:container|data|answer)$/m)
  return (end < 0 ? rest : rest.slice(0, end)).trim()
}
