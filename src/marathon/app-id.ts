/** `/prod/web` from `web`, `//prod/web/`, `../prod/web`: relative ids stand below `base`. The root is `/`. */
export function absoluteId(id: string, base = '/'): string {
  const segments = id.startsWith('/') ? [] : segmentsOf(base)
  for (const segment of segmentsOf(id)) {
    if (segment === '..') segments.pop()
    else if (segment !== '.') segments.push(segment)
  }
  return `/${segments.join('/')}`
}

/** The names between the slashes; none for the root. */
export function segmentsOf(id: string): string[] {
  return id.split('/').filter((segment) => segment !== '')
}

/** The group that holds it: `/prod` for `/prod/web`, `/` for `/web` and for the root itself. */
export function parentOf(id: string): string {
  return `/${segmentsOf(id).slice(0, -1).join('/')}`
}

/** True when `id` is `group` or stands anywhere below it. */
export function isWithin(id: string, group: string): boolean {
  return group === '/' || id === group || id.startsWith(`${group}/`)
}

/** The path as it stands in task ids: `prod_web`. */
export function taskPrefixOf(id: string): string {
  return segmentsOf(id).join('_')
}
