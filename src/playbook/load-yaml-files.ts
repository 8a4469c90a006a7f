import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { sealWhole } from '../inventory/seal-whole.ts'
import { ConfigError, messageOf } from '../kernel/errors.ts'
import { isVaultText } from '../vault/envelope.ts'
import type { VaultOpener } from '../vault/opener.ts'
import { parseLocatedYaml, type LocatedNode, type LocatedYaml } from '../yaml/located-yaml.ts'
import type { FaultList } from './fault-list.ts'
import { filesMeant, varsFilesOf } from './load-role-files.ts'
import { parseVars } from './parse-keywords.ts'
import { emptyLayer, type NamedVarsFile } from './parse-play.ts'
import type { Place, VarsFile, VarsLayer } from './types.ts'

/** Reads the YAML files of a playbook, encrypted ones too, and files of variables. Faults go to the list. */
export class YamlFiles {
  readonly #faults: FaultList
  readonly #vault: VaultOpener
  /** Files that are encrypted as a whole. */
  readonly #sealed = new Set<string>()

  constructor(faults: FaultList, vault: VaultOpener) {
    this.#faults = faults
    this.#vault = vault
  }

  /** Of names that hold templates every file that they may mean is read; which one it is, is known for each host. */
  varsFile(entry: NamedVarsFile): VarsFile {
    const names = entry.names.map((name) => resolve(dirname(entry.file), name))
    const found = names.flatMap((name) => filesMeant(name))
    const [only] = names
    if (found.length === 0 && only !== undefined && !names.some((name) => name.includes('<%')))
      this.#faults.add(entry, `cannot find ${names.join(' or ')}`)
    const layers = new Map<string, VarsLayer>()
    const broken = new Map<string, string>()
    for (const file of found) {
      const before = this.#faults.problems.length
      const layer = this.vars(file, entry)
      const [fault] = names.includes(file) ? [] : this.#faults.problems.splice(before)
      if (fault) broken.set(file, `${fault.where}: ${fault.message}`)
      else layers.set(file, layer)
    }
    return { ...entry, names, layers, broken }
  }

  /** Of several files of one name (a folder of that name), the later ones are stronger. */
  varsFiles(folder: string, use: Place): ReadonlyMap<string, VarsLayer> {
    return new Map(
      varsFilesOf(folder).map(({ name, paths }) => {
        const layers = paths.map((path) => this.vars(path, use))
        const [only = emptyLayer(folder)] = layers
        return [name, layers.length < 2 ? only : mergedLayer(layers)]
      }),
    )
  }

  vars(file: string, place: Place): VarsLayer {
    if (file === '') return emptyLayer(file)
    const root = this.yaml(file, place)
    if (!root) return emptyLayer(file)
    const layer = parseVars(root, this.#faults)
    return this.#sealed.has(file) ? { ...layer, vars: sealWhole(layer.vars, this.#vault) } : layer
  }

  yaml(file: string, place: Place): LocatedNode | undefined {
    let text: string
    try {
      text = readFileSync(file, 'utf8')
    } catch (error) {
      this.#faults.add(place, `cannot read ${file}: ${messageOf(error)}`)
      return undefined
    }
    const parsed = this.#parse(text, file)
    if ('root' in parsed) return parsed.root
    for (const problem of parsed.problems) {
      const line = Number(problem.where.split(':').at(-1))
      const hasTab = /^ *\t/.test(text.split('\n')[line - 1] ?? '')
      this.#faults.add({ file, line }, hasTab ? 'a tab stands where YAML wants spaces' : problem.message)
    }
    return undefined
  }

  #parse(text: string, file: string): LocatedYaml {
    if (!isVaultText(text)) return parseLocatedYaml(text, file, this.#vault.seal)
    this.#sealed.add(file)
    try {
      return parseLocatedYaml(this.#vault.open(text, `${file}:1`), file, this.#vault.seal)
    } catch (error) {
      if (error instanceof ConfigError) return { problems: error.problems }
      throw error
    }
  }
}

function mergedLayer(layers: readonly VarsLayer[]): VarsLayer {
  const [first, ...rest] = layers as readonly [VarsLayer, ...VarsLayer[]]
  return rest.reduce<VarsLayer>(
    (all, { lines, vars }) => ({
      ...all,
      lines: { ...all.lines, ...lines },
      vars: { ...all.vars, ...vars },
    }),
    first,
  )
}
