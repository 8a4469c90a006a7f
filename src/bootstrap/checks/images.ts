import { groupBy } from '../../kernel/group-by.ts'
import { familiarRef } from '../../plan/answers.ts'
import type { HostCheck, HostReport, WantedImage } from '../types.ts'

export const imageChecks: readonly HostCheck[] = [
  {
    name: 'images',
    about: 'images that are not to be pulled are on the host',
    problems: (reports, needs) => {
      const wanted = groupBy(
        needs.images.filter(({ source }) => source === 'local'),
        ({ host }) => host,
      )
      return reports.flatMap((report) => {
        const missing = missingImages(wanted.get(report.host) ?? [], report)
        return missing.length === 0 ? [] : [{ where: report.host, message: messageOf(missing) }]
      })
    },
  },
]

/** Nothing is said of a host whose Docker does not answer. */
export function missingImages(wanted: readonly WantedImage[], { images }: HostReport): readonly string[] {
  if (images === undefined) return []
  return wanted
    .map(({ image }) => image)
    .filter((image) => !images.has(image) && !images.has(familiarRef(image)))
}

function messageOf(missing: readonly string[]): string {
  const [are, them] = missing.length === 1 ? ['image', 'it'] : ['images', 'them']
  return `has no ${are} ${missing.join(', ')}, and image_source is local: bring ${them} there (kmesos images stage --from ARCHIVE), or set image_source: registry to have ${them} pulled`
}
