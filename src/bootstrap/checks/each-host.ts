import { groupBy } from '../../kernel/group-by.ts'
import type { HostCheck, HostNeeds, HostReport } from '../types.ts'

/** A check that looks at one host at a time; `judge` gives what is wrong there and the way out. */
export function eachHost(
  name: string,
  about: string,
  judge: (report: HostReport, needs: HostNeeds) => string | undefined,
): HostCheck {
  return {
    name,
    about,
    problems: (reports, needs) =>
      reports.flatMap((report) => {
        const message = judge(report, needs)
        return message === undefined ? [] : [{ where: report.host, message }]
      }),
  }
}

/** A check that no two hosts have the same value; empty values are not compared. */
export function distinct(
  name: string,
  { about, what }: { readonly about: string; readonly what: string },
  valueOf: (report: HostReport) => string,
  wayOut: string,
): HostCheck {
  return {
    name,
    about,
    problems: (reports) =>
      [...groupBy(reports, valueOf)]
        .filter(([value, sharing]) => value !== '' && sharing.length > 1)
        .map(([value, sharing]) => ({
          where: sharing.map((report) => report.host).join(', '),
          message: `have ${what} ${value} in common: ${wayOut}`,
        })),
  }
}
