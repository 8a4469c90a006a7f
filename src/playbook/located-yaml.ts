import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type ScalarTag,
  type Tags,
} from 'yaml'
import type { Problem } from '../kernel/problems.ts'

/** A YAML node with its place; `value` is plain data. */
export class LocatedNode {
  readonly file: string
  readonly line: number
  readonly #node: Node | null
  readonly #document: Document
  readonly #lines: LineCounter

  constructor(file: string, node: Node | null, document: Document, lines: LineCounter) {
    this.file = file
    this.#document = document
    this.#lines = lines
    this.#node = isAlias(node) ? ((node.resolve(document) as Node | undefined) ?? null) : node
    const start = node?.range?.[0]
    this.line = start === undefined ? 1 : lines.linePos(start).line
  }

  get value(): unknown {
    if (this.#node === null) return null
    // The library's type of a plain value is `any`.
    const plain: unknown = this.#node.toJS(this.#document)
    return plain
  }

  get isMap(): boolean {
    return isMap(this.#node)
  }

  get isList(): boolean {
    return isSeq(this.#node)
  }

  get isEmpty(): boolean {
    return this.#node === null || (isScalar(this.#node) && this.#node.value === null)
  }

  items(): readonly LocatedNode[] {
    if (!isSeq(this.#node)) return []
    return this.#node.items.map((item) => this.#at(item as Node | null))
  }

  /** Members with the line of their key; merge keys (`<<`) are resolved by `value`, so those are taken from there. */
  members(): readonly { readonly key: string; readonly line: number; readonly node: LocatedNode }[] {
    if (!isMap(this.#node)) return []
    return this.#node.items.flatMap((pair) => {
      const key = isScalar(pair.key) ? String(pair.key.value) : String(pair.key)
      const node = this.#at(pair.value as Node | null)
      const start = (pair.key as Node | null)?.range?.[0]
      const line = start === undefined ? node.line : this.#lines.linePos(start).line
      if (key === '<<') return node.members()
      return [{ key, line, node }]
    })
  }

  #at(node: Node | null): LocatedNode {
    return new LocatedNode(this.file, node, this.#document, this.#lines)
  }
}

/** Ansible's parser takes y and n for texts, though YAML 1.1 counts them among its booleans. */
const customTags = (tags: Tags): Tags =>
  tags.map((tag) => (isBooleanTag(tag) ? { ...tag, test: booleanTest(tag.test) } : tag))

function isBooleanTag(tag: Tags[number]): tag is ScalarTag & { readonly test: RegExp } {
  return (
    typeof tag === 'object' &&
    tag.tag === 'tag:yaml.org,2002:bool' &&
    'test' in tag &&
    tag.test instanceof RegExp
  )
}

function booleanTest(test: RegExp): RegExp {
  return new RegExp(`^(?![yYnN]$)(?:${test.source})`)
}

/** Parses one YAML document by YAML 1.1's rules, as Ansible does (`yes` is true, 0644 is octal). */
export function parseLocatedYaml(
  text: string,
  file: string,
): { readonly root: LocatedNode } | { readonly problems: readonly Problem[] } {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    version: '1.1',
    merge: true,
    prettyErrors: false,
    customTags,
  })
  if (document.errors.length > 0) {
    return {
      problems: document.errors.map((error) => ({
        where: `${file}:${lines.linePos(error.pos[0]).line}`,
        message: error.message,
      })),
    }
  }
  return { root: new LocatedNode(file, document.contents, document, lines) }
}
