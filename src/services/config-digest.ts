import { digestOf } from '../kernel/digest.ts'
import type { StartSpec } from '../start-spec/types.ts'

export interface ConfigSetting {
  /** Template texts of the service's files. */
  readonly files: Readonly<Record<string, string>>
  /** The site's, resolved. */
  readonly variables: Readonly<Record<string, unknown>>
  /** Names of the service's secrets. */
  readonly secrets: readonly string[]
  /** A keyed hash of a secret's value. */
  readonly fingerprint: (secret: string) => string
}

/**
 * What StartSpec.config is. Variables count when a tag of any text names them, taken branch or not: what is rendered on
 * the hosts may take the other branch. So it may change where nothing rendered does, and never the other way round.
 */
export function configDigestOf(spec: StartSpec, setting: ConfigSetting): string {
  const texts = [...stringsOf(spec), ...Object.values(setting.files)]
  const words = new Set(texts.flatMap(wordsInTags))
  const used = Object.entries(setting.variables).filter(([name]) => words.has(name))
  const secrets = setting.secrets.map((name) => [name, setting.fingerprint(name)] as const)
  return digestOf({ spec, variables: Object.fromEntries(used), secrets: Object.fromEntries(secrets) })
}

/** All texts in a value, as they are: in its JSON, a line break would become a letter of the next word. */
function stringsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (value === null || typeof value !== 'object') return []
  return Object.values(value as Readonly<Record<string, unknown>>).flatMap(stringsOf)
}

function wordsInTags(text: string): readonly string[] {
  return [...text.matchAll(/<%[\s\S]*?%>/g)].flatMap(([tag]) => tag.match(/[\p{L}\p{N}_$]+/gu) ?? [])
}
