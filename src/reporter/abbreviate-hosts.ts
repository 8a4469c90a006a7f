/**
 * Names of hosts in short, in the inventory's own words: `c[001:298], db1, db3`. Only what is left out by a gap of no
 * number is told as a range, so the text means exactly these hosts.
 */
export function abbreviateHosts(names: readonly string[], mostParts = Number.MAX_SAFE_INTEGER): string {
  const parts = rangesOf(names)
  if (parts.length <= mostParts) return parts.map((part) => part.text).join(', ')
  const shown = parts.slice(0, Math.max(1, mostParts - 1))
  const rest = parts.slice(shown.length).reduce((sum, part) => sum + part.count, 0)
  return `${shown.map((part) => part.text).join(', ')} and ${rest} more`
}

interface Part {
  readonly text: string
  readonly count: number
}

interface Numbered {
  readonly name: string
  readonly digits: string
  readonly number: number
}

/** Names that differ by one number. */
interface Family {
  readonly prefix: string
  readonly suffix: string
  readonly members: Numbered[]
}

/** Two hosts are sooner read by their names. */
const shortestRange = 3

function rangesOf(names: readonly string[]): readonly Part[] {
  const families = new Map<string, Family>()
  const single: Part[] = []
  for (const name of new Set(names)) {
    const [, prefix = '', digits = '', suffix = ''] = address.exec(name) ?? label.exec(name) ?? []
    if (digits === '' || digits.length > mostDigits || /[[\]:,]/.test(name)) {
      single.push({ text: name, count: 1 })
      continue
    }
    const key = `${prefix}\n${suffix}`
    const family = families.get(key) ?? { prefix, suffix, members: [] }
    families.set(key, family)
    family.members.push({ name, digits, number: Number(digits) })
  }
  return [...[...families.values()].flatMap(partsOfFamily), ...single]
}

/** The last number of the first label, or of an IPv4 address: `c001.example.com`, `10.0.0.7`. */
const address = /^((?:\d+\.){3})(\d+)()$/
const label = /^([^.]*?)(\d+)([^\d.]*(?:\..*)?)$/
const mostDigits = 9

/** Where one name is padded, only names of the same length follow each other: c09 and c10, but not c9. */
function partsOfFamily(family: Family): readonly Part[] {
  const padded = family.members.some(({ digits }) => digits.length > 1 && digits.startsWith('0'))
  const length = ({ digits }: Numbered): number => (padded ? digits.length : 0)
  const sorted = family.members.sort((a, b) => length(a) - length(b) || a.number - b.number)
  const runs: Numbered[][] = []
  for (const member of sorted) {
    const run = runs.at(-1)
    const last = run?.at(-1)
    if (last && length(last) === length(member) && last.number === member.number - 1) run?.push(member)
    else runs.push([member])
  }
  return runs.flatMap((run) => partsOfRun(run, family))
}

function partsOfRun(run: readonly Numbered[], { prefix, suffix }: Family): readonly Part[] {
  const [first, last] = [run[0], run.at(-1)]
  if (!first || !last || run.length < shortestRange) return run.map(({ name }) => ({ text: name, count: 1 }))
  return [{ text: `${prefix}[${first.digits}:${last.digits}]${suffix}`, count: run.length }]
}
