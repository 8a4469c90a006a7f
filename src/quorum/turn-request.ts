import type { ContainerParams } from '../modules/docker-container/types.ts'
import { commandWords } from '../modules/docker-container/run-words.ts'
import { parseServers, type Server } from './parse-probe.ts'
import { containerNames, type MemberPlace } from './probe-script.ts'
import type { Component } from './types.ts'

/** What the container that a host is to get says about its quorum. */
export interface TurnRequest {
  readonly place: Omit<MemberPlace, 'address'>
  /** All voters as they are to be, where the component is told of them. */
  readonly servers: readonly Server[]
}

/** undefined: the container is of no quorum. */
export function turnRequestOf(params: ContainerParams): TurnRequest | undefined {
  const component = containerNames[params.name]
  if (component === undefined) return undefined
  const words = commandWords(params)
  const servers = String(params.env['ZOO_SERVERS'] ?? '')
  return {
    place: {
      component,
      container: params.name,
      port: portIn(component, words, servers),
      dataDirs: params.volumes
        .map((volume) => String(volume).split(':')[0] ?? '')
        .filter((path) => path.startsWith('/')),
    },
    servers: parseServers(servers),
  }
}

const usualPorts: Readonly<Record<Component, number>> = {
  zookeeper: 2181,
  'mesos-master': 5050,
  marathon: 8080,
}

function portIn(component: Component, words: readonly string[], servers: string): number {
  const told = {
    zookeeper: /;(?:[^\s;]*:)?(\d+)/.exec(servers)?.[1],
    'mesos-master': /^--port=(\d+)$/.exec(words.find((word) => word.startsWith('--port=')) ?? '')?.[1],
    marathon: words[words.indexOf('--http_port') + 1],
  }[component]
  const port = Number(told)
  return Number.isInteger(port) && port > 0 ? port : usualPorts[component]
}
