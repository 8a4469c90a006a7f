import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml'
import type { Problem } from '../kernel/problems.ts'

/** A value of a YAML file with its place, so that every problem names its line. */
export interface Located {
  readonly file: string
  /** From 1. */
  readonly line: number
  /** `services/keystone-api/files/0`; empty for the whole file. */
  readonly path: string
  readonly value: unknown
  /** Members of a map, in order; undefined for anything else. */
  readonly members?: readonly LocatedMember[]
  /** Items of a list; undefined for anything else. */
  readonly items?: readonly Located[]
}

export interface LocatedMember {
  readonly key: string
  readonly line: number
  readonly at: Located
}

/** Parses YAML with places; duplicate keys and syntax errors come back as problems, all of them. */
export function parseLocated(text: string, file: string): { root: Located; problems: readonly Problem[] } {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false })
  const problems = document.errors.map((error) => ({
    where: `${file}:${lines.linePos(error.pos[0]).line}`,
    message: error.message,
  }))
  return { root: locate(document.contents, { file, lines, document, path: '', line: 1 }), problems }
}

interface Place {
  readonly file: string
  readonly lines: LineCounter
  readonly document: Document
  readonly path: string
  /** Line of the key or dash, for nodes without a range. */
  readonly line: number
}

function locate(node: unknown, place: Place): Located {
  if (isAlias(node)) return locate(node.resolve(place.document), place)
  const line = lineOf(node as Node | null, place)
  const head = { file: place.file, path: place.path, line }
  if (isMap(node)) {
    const members = node.items.map((pair) => {
      const key = isScalar(pair.key) ? String(pair.key.value) : String(pair.key)
      const keyLine = lineOf(pair.key as Node, place)
      return { key, line: keyLine, at: locate(pair.value, below(place, key, keyLine)) }
    })
    return { ...head, value: Object.fromEntries(members.map(({ key, at }) => [key, at.value])), members }
  }
  if (isSeq(node)) {
    const items = node.items.map((item, index) => locate(item, below(place, String(index), line)))
    return { ...head, value: items.map((item) => item.value), items }
  }
  return { ...head, value: isScalar(node) ? node.value : node }
}

function lineOf(node: Node | null, place: Place): number {
  const start = node?.range?.[0]
  return start === undefined ? place.line : place.lines.linePos(start).line
}

function below(place: Place, name: string, line: number): Place {
  return { ...place, path: place.path === '' ? name : `${place.path}/${name}`, line }
}
