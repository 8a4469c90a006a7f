import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'

/** One question about an inventory, as ansible-inventory's command line would put it. */
export interface InventoryQuestion {
  readonly sources: readonly string[]
  readonly playbookDir?: string
  readonly extraVars?: readonly string[]
  readonly vaultIds?: readonly string[]
  readonly graphVars?: boolean
  readonly hosts?: readonly string[]
  readonly patterns?: readonly PatternQuestion[]
}

export interface PatternQuestion {
  readonly pattern: string
  readonly limit?: string
}

/** What Ansible says: `list` of --list --export, `flat` of --list, `graph` of --graph. */
export interface InventoryAnswer {
  readonly list: unknown
  readonly flat: unknown
  readonly graph: string
  readonly graphVars?: string
  readonly hostVars: Readonly<Record<string, unknown>>
  readonly patterns: readonly Attempt<{
    readonly hosts: readonly string[]
    readonly warnings: readonly string[]
  }>[]
}

export interface Attempt<T> {
  readonly value?: T
  readonly error?: string
  readonly warnings?: readonly string[]
}

/** Debian's Ansible in one process that answers questions until it is closed. */
export class AnsibleOracle {
  readonly #child: ChildProcess
  readonly #lines: Interface
  readonly #answers: AsyncIterator<string>
  readonly #folder: string
  #last: Promise<unknown> = Promise.resolve()

  private constructor(folder: string) {
    this.#folder = folder
    // Its own empty working folder: group_vars/ beside the working folder count in Ansible.
    this.#child = spawn('/usr/bin/python3', [join(import.meta.dirname, 'ansible-oracle.py')], {
      cwd: folder,
      env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', HOME: folder, ANSIBLE_HOME: join(folder, 'home') },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    if (!this.#child.stdout) throw new Error('no output')
    this.#lines = createInterface({ input: this.#child.stdout })
    this.#answers = this.#lines[Symbol.asyncIterator]()
  }

  static async open(): Promise<AnsibleOracle> {
    return new AnsibleOracle(await mkdtemp(join(tmpdir(), 'kmesos-oracle-')))
  }

  inventory(question: InventoryQuestion): Promise<Attempt<InventoryAnswer>> {
    return this.#ask({ op: 'inventory', ...question })
  }

  async texts(
    op: 'literals' | 'words' | 'yaml' | 'extra',
    texts: readonly string[],
  ): Promise<readonly Attempt<unknown>[]> {
    const answer = await this.#ask<readonly Attempt<unknown>[]>({ op, texts })
    if (answer.value === undefined) throw new Error(answer.error)
    return answer.value
  }

  async encrypt(text: string, password: string, id?: string): Promise<string> {
    return (await this.#ask<string>({ op: 'encrypt', text, password, id })).value ?? ''
  }

  decrypt(text: string, passwords: readonly (readonly [string, string])[]): Promise<Attempt<string>> {
    return this.#ask({ op: 'decrypt', text, passwords })
  }

  async close(): Promise<void> {
    this.#child.stdin?.end()
    this.#lines.close()
    if (this.#child.exitCode === null) await new Promise((done) => this.#child.once('exit', done))
    await rm(this.#folder, { recursive: true })
  }

  /** One question at a time: answers come in the order of the questions. */
  #ask<T>(question: unknown): Promise<Attempt<T>> {
    const answer = this.#last.then(async () => {
      this.#child.stdin?.write(`${JSON.stringify(question)}\n`)
      const line = await this.#answers.next()
      if (line.done === true) throw new Error(`Ansible ended at the question ${JSON.stringify(question)}`)
      return JSON.parse(String(line.value)) as Attempt<T>
    })
    this.#last = answer.catch(() => undefined)
    return answer
  }
}
