import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { ConfigError, messageOf } from '../kernel/errors.ts'
import { unknownWord } from '../kernel/nearest.ts'
import { countOf } from '../kernel/problems.ts'
import { sealWhole } from '../inventory/seal-whole.ts'
import { isVaultText } from '../vault/envelope.ts'
import { vaultOpener, type VaultOpener } from '../vault/opener.ts'
import { parseArgumentSpecs } from './argument-specs.ts'
import { FaultList } from './fault-list.ts'
import { parseLocatedYaml, type LocatedNode, type LocatedYaml } from '../yaml/located-yaml.ts'
import { inheritKeywords, membersOf, parseVars } from './parse-keywords.ts'
import { emptyLayer, parsePlays, parseRoleUses, type NamedVarsFile, type ParsedPlay } from './parse-play.ts'
import { parseTasks } from './parse-tasks.ts'
import { filesMeant, isRole, varsFilesOf, yamlFile, yamlFiles } from './load-role-files.ts'
import type { Include, Place, Play, Playbook, Role, Task, TaskNode, VarsFile, VarsLayer } from './types.ts'

export interface LoadOptions {
  /** Folders that hold roles, after `roles/` and the folder of the playbook itself. */
  readonly rolesPath?: readonly string[]
  /** Opens what is encrypted with Ansible Vault. */
  readonly vault?: VaultOpener
}

/** Reads a playbook with its roles and task files. Throws ConfigError with the faults of all files at once. */
export function loadPlaybook(file: string, options: LoadOptions = {}): Playbook {
  const loader = new PlaybookLoader(file, options)
  const plays = loader.plays(file, [])
  loader.faults.settleMissing()
  if (loader.faults.problems.length > 0) {
    const count = countOf(loader.faults.problems.length, 'problem')
    throw new ConfigError(`${file} has ${count}`, loader.faults.problems)
  }
  return { file, plays, roles: loader.roles, taskFiles: loader.taskFiles }
}

class PlaybookLoader {
  readonly faults = new FaultList()
  readonly roles = new Map<string, Role>()
  readonly taskFiles = new Map<string, readonly TaskNode[]>()
  readonly #rolesPath: readonly string[]
  readonly #vault: VaultOpener
  /** Files that are encrypted as a whole. */
  readonly #sealed = new Set<string>()

  constructor(file: string, options: LoadOptions) {
    this.#vault = options.vault ?? vaultOpener([])
    const folder = dirname(file)
    this.#rolesPath = [join(folder, 'roles'), folder, ...(options.rolesPath ?? [])]
  }

  plays(file: string, stack: readonly string[]): readonly Play[] {
    const place = { file, line: 1 }
    if (stack.includes(file)) {
      this.faults.add(
        place,
        `the playbook imports itself: ${[...stack, file].map((name) => basename(name)).join(' -> ')}`,
      )
      return []
    }
    const root = this.#yaml(file, place)
    if (!root) return []
    return parsePlays(root, this.faults).flatMap((entry) => {
      if ('importPlaybook' in entry)
        return this.plays(join(dirname(file), entry.importPlaybook), [...stack, file]).map((play) => ({
          ...play,
          keywords: inheritKeywords(entry.keywords, play.keywords),
        }))
      return [this.#complete(entry)]
    })
  }

  #complete(parsed: ParsedPlay): Play {
    const { varsFileNames, ...play } = parsed
    for (const use of play.roles) this.#role(use)
    for (const list of [play.preTasks, play.tasks, play.postTasks, play.handlers])
      this.#includes(list, dirname(play.file))
    return { ...play, varsFiles: varsFileNames.map((each) => this.#varsFile(each)) }
  }

  /** Of names that hold templates every file that they may mean is read; which one it is, is known for each host. */
  #varsFile(entry: NamedVarsFile): VarsFile {
    const names = entry.names.map((name) => resolve(dirname(entry.file), name))
    const found = names.flatMap((name) => filesMeant(name))
    const [only] = names
    if (found.length === 0 && only !== undefined && !names.some((name) => name.includes('<%')))
      this.faults.add(entry, `cannot find ${names.join(' or ')}`)
    return { ...entry, names, layers: new Map(found.map((file) => [file, this.#vars(file, entry)])) }
  }

  #role(use: { readonly role: string } & Place): void {
    if (this.roles.has(use.role) || use.role.includes('<%')) return
    const path = this.#rolesPath.map((folder) => join(folder, use.role)).find(isRole)
    if (path === undefined) return this.faults.add(use, unknownWord('role', use.role, this.#roleNames()))
    const part = (name: string): string => yamlFile(join(path, name, 'main')) ?? ''
    const tasks = new Map<string, readonly TaskNode[]>()
    const meta = this.#meta(part('meta'))
    const defaults = this.#varsFiles(join(path, 'defaults'), use)
    const vars = this.#varsFiles(join(path, 'vars'), use)
    const handlers = new Map<string, readonly TaskNode[]>()
    const role: Role = {
      name: use.role,
      path,
      defaults: defaults.get('main') ?? emptyLayer(path),
      vars: vars.get('main') ?? emptyLayer(path),
      defaultsFiles: defaults,
      varsFiles: vars,
      handlersFiles: handlers,
      tasks,
      argumentSpecs: this.#argumentSpecs(path, use.role),
      ...meta,
    }
    this.roles.set(use.role, role)
    for (const dependency of meta.dependencies) this.#role(dependency)
    for (const file of yamlFiles(join(path, 'tasks'))) tasks.set(file.name, this.#tasks(file.path))
    for (const file of yamlFiles(join(path, 'handlers'))) handlers.set(file.name, this.#tasks(file.path))
  }

  /** Of meta/argument_specs.yml, else of meta/main.yml. */
  #argumentSpecs(path: string, role: string): ReadonlyMap<string, Task> {
    const file = yamlFile(join(path, 'meta', 'argument_specs')) ?? yamlFile(join(path, 'meta', 'main'))
    const root = file === undefined ? undefined : this.#yaml(file, { file, line: 1 })
    const specs = root?.members().find(({ key }) => key === 'argument_specs')
    return parseArgumentSpecs(specs?.node, role, this.faults)
  }

  #meta(file: string): Pick<Role, 'dependencies' | 'allowDuplicates'> {
    const root = file === '' ? undefined : this.#yaml(file, { file, line: 1 })
    if (!root?.isMap) return { dependencies: [], allowDuplicates: false }
    const members = membersOf(root, this.faults)
    return {
      dependencies: parseRoleUses(members.get('dependencies')?.node, this.faults),
      allowDuplicates: members.get('allow_duplicates')?.node.value === true,
    }
  }

  /** Of several files of one name (a folder of that name), the later ones are stronger. */
  #varsFiles(folder: string, use: Place): ReadonlyMap<string, VarsLayer> {
    return new Map(
      varsFilesOf(folder).map(({ name, paths }) => {
        const layers = paths.map((path) => this.#vars(path, use))
        const [only = emptyLayer(folder)] = layers
        return [name, layers.length < 2 ? only : mergedLayer(layers)]
      }),
    )
  }

  #tasks(file: string): readonly TaskNode[] {
    if (file === '') return []
    const known = this.taskFiles.get(resolve(file))
    if (known) return known
    // Entered before its includes are followed: a file may include itself under a condition.
    this.taskFiles.set(resolve(file), [])
    const tasks = parseTasks(this.#yaml(file, { file, line: 1 }), this.faults)
    this.taskFiles.set(resolve(file), tasks)
    this.#includes(tasks, dirname(file))
    return tasks
  }

  /** Loads what the tasks may include; with a template in the name, every file beside it. */
  #includes(nodes: readonly TaskNode[], folder: string): void {
    for (const node of nodes) {
      if (node.kind === 'block') this.#includes([...node.block, ...node.rescue, ...node.always], folder)
      if (node.kind === 'include') this.#include(node, folder)
    }
  }

  #include(node: Include, folder: string): void {
    if (node.what === 'role') return this.#role({ role: node.target, file: node.file, line: node.line })
    if (node.target.includes('<%')) {
      for (const file of yamlFiles(folder)) this.#perhapsTasks(file.path)
      return
    }
    const file = resolve(dirname(node.file), node.target)
    if (existsSync(file)) this.#tasks(file)
    else this.faults.add(node, `cannot find ${node.target} beside ${node.file}`)
  }

  /** A file that a name made at run time may mean: one that is no list of tasks (a playbook, say) is none. */
  #perhapsTasks(file: string): void {
    const before = this.faults.problems.length
    this.#tasks(file)
    if (this.faults.problems.length === before) return
    this.faults.problems.length = before
    this.taskFiles.delete(resolve(file))
  }

  #vars(file: string, place: Place): VarsLayer {
    if (file === '') return emptyLayer(file)
    const root = this.#yaml(file, place)
    if (!root) return emptyLayer(file)
    const layer = parseVars(root, this.faults)
    return this.#sealed.has(file) ? { ...layer, vars: sealWhole(layer.vars, this.#vault) } : layer
  }

  #yaml(file: string, place: Place): LocatedNode | undefined {
    let text: string
    try {
      text = readFileSync(file, 'utf8')
    } catch (error) {
      this.faults.add(place, `cannot read ${file}: ${messageOf(error)}`)
      return undefined
    }
    const parsed = this.#parse(text, file)
    if ('root' in parsed) return parsed.root
    for (const problem of parsed.problems) {
      const line = Number(problem.where.split(':').at(-1))
      const hasTab = /^ *\t/.test(text.split('\n')[line - 1] ?? '')
      this.faults.add({ file, line }, hasTab ? 'a tab stands where YAML wants spaces' : problem.message)
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

  #roleNames(): readonly string[] {
    return this.#rolesPath.flatMap((folder) =>
      existsSync(folder) ? readdirSync(folder).filter((name) => isRole(join(folder, name))) : [],
    )
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
