import type { Site } from '../services/types.ts'

/** Marathon's own default. */
const usualPort = 8080

/** Where Marathon (or the embedded engine, which stands in its place) answers: on each host of the group `marathon`. */
export function marathonUrls(site: Pick<Site, 'groups' | 'hosts' | 'variables'>): readonly string[] {
  const port = Number(site.variables.marathon_port ?? usualPort)
  const names = site.groups.marathon ?? []
  return names.map((name) => `http://${site.hosts[name]?.address ?? name}:${port}`)
}
