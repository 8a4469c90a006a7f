import type { RegistryNode, StartSpec } from '../start-spec/types.ts'

/** A registration of a daemon that has not taken up the newest configuration. */
export interface OlderInstance {
  readonly host: string
  /** ISO time from which on it runs what it runs. */
  readonly since: string
  /** Why, where it told. */
  readonly note?: string
}

/** Of a service's registrations, those whose configuration is not the one that the spec names; the longest first. */
export function olderInstances(
  spec: StartSpec,
  instances: ReadonlyMap<string, RegistryNode>,
): readonly OlderInstance[] {
  const { config } = spec
  if (config === undefined) return []
  return [...instances.values()]
    .filter((node) => node.config !== config)
    .map(({ host, configSince, since, note }) => {
      return { host, since: configSince ?? since, ...(note === undefined ? {} : { note }) }
    })
    .sort((a, b) => (a.since < b.since ? -1 : 1))
}

/** `running an older configuration since 2026-…`, with the reason where one was told. */
export function olderText(older: readonly OlderInstance[]): string {
  const note = older.find((each) => each.note !== undefined)?.note
  return `running an older configuration since ${older[0]?.since ?? '?'}${note === undefined ? '' : `: ${note}`}`
}
