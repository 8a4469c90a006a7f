import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { ConfigError } from '../kernel/errors.ts'
import { unknownWord } from '../kernel/nearest.ts'
import { countOf } from '../kernel/problems.ts'
import { vaultOpener, type VaultOpener } from '../vault/opener.ts'
import { YamlFiles } from './load-yaml-files.ts'
import { parseArgumentSpecs } from './argument-specs.ts'
import { FaultList } from './fault-list.ts'
import { inheritKeywords, membersOf } from './parse-keywords.ts'
import { emptyLayer, parsePlays, parseRoleUses, type ParsedPlay } from './parse-play.ts'
import { parseTasks } from './parse-tasks.ts'
import { isRole, templatePattern, yamlFile, yamlFiles } from './load-role-files.ts'
import type { Include, Place, Play, Playbook, Role, Task, TaskNode } from './types.ts'

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
  readonly #files: YamlFiles

  constructor(file: string, options: LoadOptions) {
    this.#files = new YamlFiles(this.faults, options.vault ?? vaultOpener([]))
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
    const root = this.#files.yaml(file, place)
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
    return { ...play, varsFiles: varsFileNames.map((each) => this.#files.varsFile(each)) }
  }

  /** A name made at run time may mean any role that it fits. */
  #perhapsRoles(use: { readonly role: string } & Place): void {
    const pattern = templatePattern(use.role)
    for (const role of new Set(this.#roleNames().filter((name) => pattern.test(name)))) {
      if (this.roles.has(role)) continue
      const before = this.faults.problems.length
      this.#role({ ...use, role })
      if (this.faults.problems.splice(before).length > 0) this.roles.delete(role)
    }
  }

  #role(use: { readonly role: string } & Place): void {
    if (use.role.includes('<%')) return this.#perhapsRoles(use)
    if (this.roles.has(use.role)) return
    const path = this.#rolesPath.map((folder) => join(folder, use.role)).find(isRole)
    if (path === undefined) return this.faults.add(use, unknownWord('role', use.role, this.#roleNames()))
    const part = (name: string): string => yamlFile(join(path, name, 'main')) ?? ''
    const tasks = new Map<string, readonly TaskNode[]>()
    const meta = this.#meta(part('meta'))
    const defaults = this.#files.varsFiles(join(path, 'defaults'), use)
    const vars = this.#files.varsFiles(join(path, 'vars'), use)
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
    const root = file === undefined ? undefined : this.#files.yaml(file, { file, line: 1 })
    const specs = root?.members().find(({ key }) => key === 'argument_specs')
    return parseArgumentSpecs(specs?.node, role, this.faults)
  }

  #meta(file: string): Pick<Role, 'dependencies' | 'allowDuplicates'> {
    const root = file === '' ? undefined : this.#files.yaml(file, { file, line: 1 })
    if (!root?.isMap) return { dependencies: [], allowDuplicates: false }
    const members = membersOf(root, this.faults)
    return {
      dependencies: parseRoleUses(members.get('dependencies')?.node, this.faults),
      allowDuplicates: members.get('allow_duplicates')?.node.value === true,
    }
  }

  #tasks(file: string): readonly TaskNode[] {
    if (file === '') return []
    const known = this.taskFiles.get(resolve(file))
    if (known) return known
    // Entered before its includes are followed: a file may include itself under a condition.
    this.taskFiles.set(resolve(file), [])
    const tasks = parseTasks(this.#files.yaml(file, { file, line: 1 }), this.faults)
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

  #roleNames(): readonly string[] {
    return this.#rolesPath.flatMap((folder) =>
      existsSync(folder) ? readdirSync(folder).filter((name) => isRole(join(folder, name))) : [],
    )
  }
}
