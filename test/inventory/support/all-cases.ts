import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { iniCases } from '../tables/ini.ts'
import { sourceCases } from '../tables/sources.ts'
import { yamlCases } from '../tables/yaml.ts'
import type { InventoryCase } from './inventory-case.ts'

const folders = join(import.meta.dirname, '..', 'cases')

/** Every inventory that Ansible and kmesos must read alike: the folders of `cases/` and the tables. */
export const allCases: readonly InventoryCase[] = [
  ...readdirSync(folders).sort().map(folderCase),
  ...iniCases,
  ...yamlCases,
  ...sourceCases,
]

function folderCase(name: string): InventoryCase {
  const folder = join(folders, name)
  const files = readdirSync(folder, { recursive: true })
    .map(String)
    .filter((file) => file !== 'sources' && statSync(join(folder, file)).isFile())
  return {
    name: `folder: ${name}`,
    files: Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')])),
    sources: readFileSync(join(folder, 'sources'), 'utf8').trim().split('\n'),
  }
}

const recordings = join(import.meta.dirname, '..', 'recorded.jsonl')

/** What Ansible said when the cases were recorded: `record-cases.ts` writes it, the integration test proves it. */
export interface Recording {
  readonly name: string
  readonly list: unknown
  readonly flat: unknown
  readonly graph: string
}

export function readRecordings(): ReadonlyMap<string, Recording> {
  const lines = readFileSync(recordings, 'utf8').trim().split('\n')
  return new Map(lines.map((line) => JSON.parse(line) as Recording).map((one) => [one.name, one]))
}

export { recordings as recordingsFile }
