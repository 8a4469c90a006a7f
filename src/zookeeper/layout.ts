/** ZooKeeper layout, version 1: the only place where paths are put together. Drawn in docs/overview.md. */
export const layoutVersion = '1'

export const rootPath = '/kmesos'
export const versionPath = `${rootPath}/version`

/** Scope of a status node: once per cluster, or the name of a host. */
export type StatusScope = 'global' | { readonly host: string }

export interface Layout {
  readonly root: string
  readonly lock: string
  readonly variables: string
  readonly services: string
  readonly secrets: string
  readonly status: string
  readonly registry: string
  readonly waiting: string
  readonly releases: string
  /** Id of the Marathon deployment that the last launch began: a later launch may take its place. */
  readonly launch: string
  service(service: string): string
  file(service: string, name: string): string
  serviceSecrets(service: string): string
  /** status/global/<service>/<command> or status/host/<host>/<service>/<command>; command `daemon` for the daemon itself. */
  statusOf(scope: StatusScope, service: string, command: string): string
  /** Below the status node of a run_once command: ephemeral, held by who runs it. */
  lockOf(service: string, command: string): string
  /** Ephemeral: the member of the service that restarts just now. No command can have such a name. */
  turnOf(service: string): string
  registryOf(service: string, instance?: string): string
  waitingOf(service: string, instance?: string): string
}

export function layoutOf(deployment: string): Layout {
  const root = `${rootPath}/${deployment}`
  const below = (folder: string, service: string, name?: string): string =>
    name === undefined ? `${root}/${folder}/${service}` : `${root}/${folder}/${service}/${name}`
  return {
    root,
    lock: `${root}/lock`,
    variables: `${root}/variables`,
    services: `${root}/services`,
    secrets: `${root}/secrets`,
    status: `${root}/status`,
    registry: `${root}/registry`,
    waiting: `${root}/waiting`,
    releases: `${root}/releases`,
    launch: `${root}/launch`,
    service: (service) => below('services', service),
    file: (service, name) => `${below('services', service)}/files/${name}`,
    serviceSecrets: (service) => below('secrets', service),
    statusOf: (scope, service, command) =>
      `${root}/status/${scope === 'global' ? 'global' : `host/${scope.host}`}/${service}/${command}`,
    lockOf: (service, command) => `${root}/status/global/${service}/${command}/lock`,
    turnOf: (service) => `${root}/status/global/${service}/.turn`,
    registryOf: (service, instance) => below('registry', service, instance),
    waitingOf: (service, instance) => below('waiting', service, instance),
  }
}
