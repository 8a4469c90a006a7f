import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
} from 'yaml'
import type { Problem } from '../kernel/problems.ts'
import { Secret } from '../kernel/secret.ts'
import { construct, followAlias, membersOf, type Construction } from './construct.ts'
import { documentFaults } from './document-faults.ts'
import { deepestLevel, isNestedTooDeep } from './nesting.ts'
import { pythonTags } from './python-tags.ts'

/** A YAML node with its place; `value` is plain data. */
export class LocatedNode {
  readonly file: string
  readonly #node: Node | undefined
  readonly #given: Node | undefined
  readonly #lines: LineCounter
  readonly #construction: Construction

  constructor(file: string, node: Node | undefined, lines: LineCounter, construction: Construction) {
    this.file = file
    this.#given = node
    this.#node = followAlias(node, construction)
    this.#lines = lines
    this.#construction = construction
  }

  get line(): number {
    return lineOf(this.#node ?? this.#given, this.#lines)
  }

  get value(): unknown {
    return construct(this.#node, this.#construction)
  }

  get isMap(): boolean {
    return isMap(this.#node)
  }

  get isList(): boolean {
    return isSeq(this.#node)
  }

  get isEmpty(): boolean {
    return this.#node === undefined || (isScalar(this.#node) && this.#node.value === null)
  }

  items(): readonly LocatedNode[] {
    if (!isSeq(this.#node)) return []
    return this.#node.items.map((item) => this.#at(item))
  }

  /** Members with the line of their key and the key's own type; those of merge keys (`<<`) come first. */
  members(): readonly LocatedMember[] {
    return membersOf(this.#node, this.#construction).map(({ name, key, value }) => {
      const node = this.#at(value)
      const line = key === undefined ? node.line : lineOf(key, this.#lines)
      return { key: name, typedKey: isScalar(key) ? key.value : null, line, node }
    })
  }

  #at(node: unknown): LocatedNode {
    return new LocatedNode(
      this.file,
      (node ?? undefined) as Node | undefined,
      this.#lines,
      this.#construction,
    )
  }
}

export interface LocatedMember {
  readonly key: string
  /** As YAML types it: `1:` is a number. */
  readonly typedKey: unknown
  readonly line: number
  readonly node: LocatedNode
}

/** Makes the secret of a `!vault` text. */
export type Seal = (text: string, where: string) => Secret

export type LocatedYaml = { readonly root: LocatedNode } | { readonly problems: readonly Problem[] }

/** Parses one document as Ansible does: as JSON where it is that, else by YAML 1.1's rules (`yes` is true, 0644 is octal). */
export function parseLocatedYaml(text: string, file: string, seal: Seal = refuseVault): LocatedYaml {
  if (!isNestedTooDeep(text)) return parseWhole(text, file, seal)
  const message = `lists or mappings are nested more than ${deepestLevel} levels deep`
  return { problems: [{ where: `${file}:1`, message }] }
}

function parseWhole(text: string, file: string, seal: Seal): LocatedYaml {
  const lines = new LineCounter()
  const document = parse(text, lines)
  const problems = syntaxProblems(document, (offset) => `${file}:${lines.linePos(offset).line}`)
  if (problems.length > 0) return { problems }
  const targets = text.includes('*') ? aliasTargets(document) : new Map<Node, Node>()
  const construction: Construction = {
    targetOf: (alias) => targets.get(alias),
    where: (node) => `${file}:${lineOf(node, lines)}`,
    seal,
    made: new Map(),
  }
  const faults = documentFaults(document.contents, construction)
  if (faults.length > 0) return { problems: faults }
  return { root: new LocatedNode(file, document.contents ?? undefined, lines, construction) }
}

/** `[]# like this`: PyYAML does not mind. */
const closeComment = 'Comments must be separated'

function syntaxProblems(document: Document, at: (offset: number) => string): readonly Problem[] {
  const unknownTags = document.warnings.filter(({ message }) => message.startsWith('Unresolved tag'))
  return [
    ...document.errors
      .filter(({ message }) => !message.startsWith(closeComment))
      .map(({ pos, message }) => ({ where: at(pos[0]), message })),
    ...unknownTags.map(({ pos, message }) => ({
      where: at(pos[0]),
      message: message.replace('Unresolved tag', 'unknown tag'),
    })),
  ]
}

function parse(text: string, lineCounter: LineCounter): Document {
  const options = { lineCounter, prettyErrors: false, uniqueKeys: false, merge: false } as const
  return isJson(text)
    ? parseDocument(text, { ...options, version: '1.2', schema: 'json' })
    : parseDocument(text, { ...options, version: '1.1', schema: 'yaml-1.1', customTags: pythonTags })
}

function isJson(text: string): boolean {
  if (!/^\s*[{[]/.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Found in one walk: an alias means the nearest anchor of its name above. */
function aliasTargets(document: Document): ReadonlyMap<Node, Node> {
  const targets = new Map<Node, Node>()
  const anchors = new Map<string, Node>()
  visit(document, {
    Node: (_key, node) => {
      if (isAlias(node)) {
        const target = anchors.get(node.source)
        if (target) targets.set(node, target)
      } else if (node.anchor !== undefined) anchors.set(node.anchor, node)
    },
  })
  return targets
}

function lineOf(node: Node | undefined, lines: LineCounter): number {
  const start = node?.range?.[0]
  return start === undefined ? 1 : lines.linePos(start).line
}

function refuseVault(_text: string, where: string): Secret {
  return new Secret(() => {
    throw new Error(`${where}: is encrypted with Ansible Vault, which is not read here`)
  })
}
