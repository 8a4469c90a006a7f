import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { InventoryQuestion } from './ansible-oracle.ts'

/** One inventory with its files, as a test of its own. */
export interface InventoryCase {
  readonly name: string
  /** Text by path; bytes of latin-1 where the name of the case says so. */
  readonly files: Readonly<Record<string, string>>
  /** What -i names; the only file at the top where it is left out. */
  readonly sources?: readonly string[]
  readonly playbookDir?: string
  readonly extraVars?: readonly string[]
  /** Of labels and files with passwords: `--vault-id`. */
  readonly vaultIds?: readonly string[]
  /** Too large to keep Ansible's answer in the repository. */
  readonly liveOnly?: boolean
}

export interface WrittenCase {
  readonly folder: string
  readonly question: InventoryQuestion
}

/** Sources of a case: what it says, or its only file outside of folders. */
export function sourcesOf({ files, sources }: InventoryCase): readonly string[] {
  if (sources) return sources
  const top = Object.keys(files).filter((file) => !file.includes('/'))
  if (top.length !== 1) throw new Error(`which of ${top.join(', ')} is the inventory?`)
  return top
}

/** Writes the case's files below a folder of their own, works there, and removes them. */
export async function withCase<R>(
  one: InventoryCase,
  work: (written: WrittenCase) => Promise<R>,
): Promise<R> {
  const folder = await mkdtemp(join(tmpdir(), 'kmesos-case-'))
  try {
    for (const [file, text] of Object.entries(one.files)) {
      await mkdir(dirname(join(folder, file)), { recursive: true })
      await writeFile(join(folder, file), text, one.name.includes('latin-1') ? 'latin1' : 'utf8')
    }
    return await work({ folder, question: questionOf(one, folder) })
  } finally {
    await rm(folder, { recursive: true })
  }
}

function questionOf(one: InventoryCase, folder: string): InventoryQuestion {
  const place = (source: string): string => (source.includes(',') ? source : join(folder, source))
  const labelled = (id: string): string => id.replace('@', `@${folder}/`)
  return {
    sources: sourcesOf(one).map(place),
    ...(one.playbookDir === undefined ? {} : { playbookDir: join(folder, one.playbookDir) }),
    extraVars: (one.extraVars ?? []).map((text) =>
      text.startsWith('@') ? `@${join(folder, text.slice(1))}` : text,
    ),
    vaultIds: (one.vaultIds ?? []).map(labelled),
  }
}
