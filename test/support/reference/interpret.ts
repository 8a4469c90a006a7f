import {
  facts,
  registers,
  unset,
  type Condition,
  type Node,
  type PlayModel,
  type RunModel,
  type TaskModel,
  type Value,
} from './model.ts'

/** What a run comes to, in words that the runner's outcome can be brought to as well. */
export interface Outcome {
  /** By host: "task: status", in order. */
  readonly results: Readonly<Record<string, readonly string[]>>
  readonly recap: Readonly<Record<string, Readonly<Record<Status, number>>>>
  /** By host: its files, and the log of its commands in their order. */
  readonly files: Readonly<Record<string, Readonly<Record<string, string>>>>
}

export type Status = 'ok' | 'changed' | 'skipped' | 'failed' | 'rescued' | 'ignored'

interface Register {
  readonly changed: boolean
  readonly failed: boolean
  readonly skipped?: boolean
  readonly stdout?: string
  readonly exists?: boolean
}

interface HostModel {
  readonly name: string
  readonly files: Map<string, string>
  readonly registers: Map<string, Register>
  readonly facts: Map<string, string>
  readonly results: string[]
  readonly counts: Record<Status, number>
  notified: Set<string>
  failed: boolean
}

/** What the blocks around a task say. */
interface Around {
  readonly when: readonly Condition[]
  readonly tags: readonly string[]
  readonly ignores: boolean
  readonly rescued: boolean
}

const outside: Around = { when: [], tags: [], ignores: false, rescued: false }

/** Does one task at a time on all hosts, one host after the other. No windows, nothing asked ahead: Ansible's own way. */
export function interpret(run: RunModel): Outcome {
  const hosts = run.hosts.map(newHost)
  for (const play of run.plays) new PlayRun(play, run).run(hosts.filter((host) => !host.failed))
  const byHost = <T>(of: (host: HostModel) => T): Record<string, T> =>
    Object.fromEntries(hosts.map((host) => [host.name, of(host)]))
  return {
    results: byHost((host) => host.results),
    recap: byHost((host) => host.counts),
    files: byHost((host) => Object.fromEntries([...host.files].sort())),
  }
}

function newHost(name: string): HostModel {
  return {
    ...{ name, files: new Map(), notified: new Set(), failed: false, results: [] },
    registers: new Map(registers.map((each) => [each, unset.register])),
    facts: new Map(facts.map((each) => [each, unset.fact])),
    counts: { ok: 0, changed: 0, skipped: 0, failed: 0, rescued: 0, ignored: 0 },
  }
}

class PlayRun {
  readonly #play: PlayModel
  readonly #model: RunModel

  constructor(play: PlayModel, model: RunModel) {
    this.#play = play
    this.#model = model
  }

  run(hosts: readonly HostModel[]): void {
    const size = this.#play.serial ?? hosts.length
    for (let at = 0; at < hosts.length; at += size) this.#batch(hosts.slice(at, at + size))
  }

  #batch(hosts: readonly HostModel[]): void {
    for (const host of hosts) host.notified = new Set()
    const alive = (): readonly HostModel[] => hosts.filter((host) => !host.failed)
    for (const node of this.#play.tasks) {
      if (node.kind === 'task' && node.runOnce) this.#once(node, alive())
      else for (const host of alive()) if (this.#node(node, host, outside)) host.failed = true
    }
    for (const host of alive()) if (this.#handlers(host)) host.failed = true
  }

  /** The first host does it; what it registered or set, and its failure, are those of all. */
  #once(task: TaskModel, [first, ...others]: readonly HostModel[]): void {
    if (!first || !this.#wanted(task.tags ?? [])) return
    const failed = this.#task(task, first, outside)
    if (failed) first.failed = true
    for (const host of others) {
      if (task.act.do === 'fact') host.facts.set(task.act.fact, first.facts.get(task.act.fact) as string)
      if (task.register) host.registers.set(task.register, first.registers.get(task.register) as Register)
      if (failed) host.failed = true
    }
  }

  /** True: it failed, and nothing has rescued it. */
  #node(node: Node, host: HostModel, around: Around): boolean {
    switch (node.kind) {
      case 'flush':
        return this.#handlers(host)
      case 'task':
        return this.#wanted([...around.tags, ...(node.tags ?? [])]) && this.#task(node, host, around)
      case 'include': {
        if (!this.#wanted([...around.tags, ...(node.tags ?? [])])) return false
        const conditions = [...around.when, ...(node.when ? [node.when] : [])]
        if (this.#hasAny(node.tasks, around.tags) && conditions.every((each) => holds(each, host)))
          return this.#list(node.tasks, host, around)
        this.#tell(host, node.name, 'skipped')
        host.counts.skipped++
        return false
      }
      case 'block': {
        const inner = {
          when: [...around.when, ...(node.when ? [node.when] : [])],
          tags: [...around.tags, ...(node.tags ?? [])],
          ignores: node.ignoreErrors ?? around.ignores,
          rescued: around.rescued,
        }
        let failed = this.#list(node.block, host, {
          ...inner,
          rescued: inner.rescued || node.rescue.length > 0,
        })
        if (failed && node.rescue.length > 0) failed = this.#list(node.rescue, host, inner)
        return this.#list(node.always, host, inner) || failed
      }
    }
  }

  #list(nodes: readonly Node[], host: HostModel, around: Around): boolean {
    return nodes.some((node) => this.#node(node, host, around))
  }

  #handlers(host: HostModel): boolean {
    const due = this.#play.handlers.filter((handler) => host.notified.has(handler.name))
    host.notified = new Set()
    return due.some((handler) => this.#task(handler, host, outside))
  }

  #wanted(tags: readonly string[]): boolean {
    const { tags: only, skipTags = [] } = this.#model
    const named = (names: readonly string[]): boolean => names.some((name) => tags.includes(name))
    return (only === undefined || named([...only, 'always'])) && !named(skipTags)
  }

  /** An include that brings nothing, since tags leave nothing of it, is told as skipped. */
  #hasAny(nodes: readonly Node[], outer: readonly string[]): boolean {
    return nodes.some((node) => {
      if (node.kind === 'flush') return true
      const tags = [...outer, ...(node.tags ?? [])]
      if (node.kind !== 'block') return this.#wanted(tags)
      return this.#hasAny([...node.block, ...node.rescue, ...node.always], tags)
    })
  }

  #task(task: TaskModel, host: HostModel, around: Around): boolean {
    const ignores = task.ignoreErrors ?? around.ignores
    const statusOf = (result: Register): Status => {
      if (result.failed) return ignores ? 'ignored' : around.rescued ? 'rescued' : 'failed'
      return result.skipped ? 'skipped' : result.changed ? 'changed' : 'ok'
    }
    const items = task.loop ?? [undefined]
    const results = items.map((item) => {
      const conditions = [...around.when, ...(task.when ? [task.when] : [])]
      const runs = conditions.every((each) => holds(each, host, item))
      const result = runs
        ? judged(task, act(task, host, item))
        : { changed: false, failed: false, skipped: true }
      this.#tell(host, item === undefined ? task.name : `${task.name} (${item})`, statusOf(result))
      return result
    })
    const whole = task.loop ? loopOf(results) : (results[0] as Register)
    if (task.register) host.registers.set(task.register, whole)
    host.counts[statusOf(whole)]++
    if (statusOf(whole) === 'ignored' && whole.changed) host.counts.changed++
    if (task.notify && whole.changed && !whole.failed) host.notified.add(task.notify)
    return whole.failed && !ignores
  }

  #tell(host: HostModel, title: string, status: Status): void {
    host.results.push(`${title}: ${status}`)
  }
}

function loopOf(results: readonly Register[]): Register {
  return {
    changed: results.some((each) => each.changed),
    failed: results.some((each) => each.failed),
    skipped: results.every((each) => each.skipped === true),
  }
}

function judged(task: TaskModel, result: Register): Register {
  return task.unchanged || task.act.do === 'read' ? { ...result, changed: false } : result
}

/** Does it to the host's files. */
function act({ act: what, name }: TaskModel, host: HostModel, item: string | undefined): Register {
  const { files } = host
  const log = (): void => void files.set('log', `${files.get('log') ?? ''}${name}\n`)
  const write = (file: string, content: string): Register => {
    const changed = files.get(file) !== content
    files.set(file, content)
    return { changed, failed: false }
  }
  const done = { changed: true, failed: false, stdout: '' }
  switch (what.do) {
    case 'log':
      log()
      return { ...done, stdout: name }
    case 'break':
      log()
      return { ...done, failed: true }
    case 'write':
      return write(what.file, `${textOf(what.value, host, item)}\n`)
    case 'line': {
      const old = files.get(what.file) ?? ''
      return old.split('\n').includes(what.text)
        ? { changed: false, failed: false }
        : write(what.file, `${old}${what.text}\n`)
    }
    case 'remove':
      return { changed: files.delete(what.file), failed: false }
    case 'create': {
      if (files.has(what.file)) return { changed: false, failed: false, stdout: '' }
      write(what.file, `${name}\n`)
      return done
    }
    case 'spoil':
      write(what.file, `${what.text}\n`)
      log()
      return done
    case 'read': {
      const content = files.get(what.file)
      return { changed: false, failed: content === undefined, stdout: (content ?? '').replace(/\n$/, '') }
    }
    case 'stat':
      return { changed: false, failed: false, exists: files.has(what.file) }
    case 'fact':
      host.facts.set(what.fact, textOf(what.value, host, item))
      return { changed: false, failed: false }
  }
}

function textOf(value: Value, host: HostModel, item: string | undefined): string {
  if ('text' in value) return value.text
  if ('fact' in value) return host.facts.get(value.fact) as string
  if ('item' in value) return item as string
  return host.registers.get(value.stdout)?.stdout ?? 'nothing'
}

function holds(condition: Condition, host: HostModel, item?: string): boolean {
  switch (condition.is) {
    case 'never':
      return false
    case 'host':
      return host.name === condition.host
    case 'item':
      return item === condition.text
    case 'said':
      return (host.registers.get(condition.register)?.stdout ?? 'nothing') === condition.text
    case 'fact':
      return host.facts.get(condition.fact) === condition.text
    default:
      return (host.registers.get(condition.register)?.[condition.is] ?? false) !== condition.not
  }
}
