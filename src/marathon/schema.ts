import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import type { AppFault } from './fault.ts'
import schema from './marathon-app.schema.json' with { type: 'json' }

type SchemaName = 'app' | 'update'

const networkRule = 'must be one host network, or one bridge, or container networks only'

let compiled: Readonly<Record<SchemaName, ValidateFunction>> | undefined

/** Faults of the form, all at once, from the JSON schema. Compiled at the first call: it takes some 50 ms. */
export function schemaFaults(value: unknown, name: SchemaName): readonly AppFault[] {
  compiled ??= compile()
  const validate = compiled[name]
  if (validate(value)) return []
  return distinct((validate.errors ?? []).flatMap((error) => faultOf(error, value)))
}

function compile(): Readonly<Record<SchemaName, ValidateFunction>> {
  const ajv = new Ajv({
    allErrors: true,
    strictTypes: false,
    strictTuples: false,
    strictRequired: false,
    verbose: true,
  })
  for (const rule of schema.allOf) collectSentences(rule, undefined)
  collectSentences(schema.definitions.Container.allOf, undefined)
  collectSentences(schema.properties.networks.anyOf, networkRule)
  const app = ajv.compile(schema)
  const update = ajv.compile({ $ref: `${schema.$id}#/definitions/AppUpdate` })
  return { app, update }
}

// Places where the schema offers alternatives: the errors of each alternative would only confuse, so one sentence stands for all.
const unions: readonly { readonly path: RegExp; readonly depth: number; readonly message: string }[] = [
  {
    path: /^\/constraints\/\d+/,
    depth: 2,
    message:
      'must be [field, operator] or [field, operator, value] of strings; operator must be one of the following ' +
      'UNIQUE, CLUSTER, GROUP_BY, LIKE, MAX_PER, UNLIKE or IS; LIKE, UNLIKE and MAX_PER need a value, UNIQUE takes none',
  },
  {
    path: /^\/container\/volumes\/\d+/,
    depth: 3,
    message:
      'must be a volume: containerPath, mode RO or RW, and hostPath, persistent or external; or a secret',
  },
  { path: /^\/env\/[^/]+/, depth: 2, message: 'must be a string, or {"secret": name}' },
  {
    path: /^\/unreachableStrategy/,
    depth: 1,
    message: 'must be "disabled", or inactive and expunge seconds, both',
  },
]

function faultOf(error: ErrorObject, value: unknown): AppFault[] {
  const union = unions.find(({ path }) => path.test(error.instancePath))
  const path = pathOf(error.instancePath, value)
  if (union) return [rule(path.slice(0, union.depth), union.message)]
  const sentence = sentences.get(error.parentSchema)
  if (sentence !== undefined) return [rule(sentence === networkRule ? ['networks'] : [], sentence)]
  if (aboutAlternatives(error)) return []
  if (error.keyword === 'required') {
    const missing = [...path, String(error.params['missingProperty'])]
    return [{ path: missing, kind: 'shape', code: 'error.path.missing', message: 'is missing' }]
  }
  const code = codeOf(error)
  const message = messageOf(error)
  return code ? [{ path, kind: 'shape', code, message }] : [rule(path, message)]
}

/** Which sentence stands for the errors of which part of the schema: rules carry theirs as $comment. */
const sentences = new Map<unknown, string>()

function collectSentences(part: unknown, sentence: string | undefined): void {
  if (typeof part !== 'object' || part === null) return
  const comment = '$comment' in part && !('$id' in part) ? String(part.$comment) : sentence
  if (comment !== undefined) sentences.set(part, comment)
  for (const member of Object.values(part)) collectSentences(member, comment)
}

/** `anyOf` itself, `if` itself, and "must be null" of `anyOf: [X, null]` say nothing beside the errors of X. */
function aboutAlternatives(error: ErrorObject): boolean {
  if (error.keyword === 'anyOf' || error.keyword === 'if') return true
  return (
    error.keyword === 'type' &&
    error.params['type'] === 'null' &&
    /\/anyOf\/\d+\/type$/.test(error.schemaPath)
  )
}

function codeOf(error: ErrorObject): string | undefined {
  if (error.keyword === 'type') return `error.expected.js${playType(error.params['type'])}`
  const codes: Readonly<Record<string, string>> = {
    minimum: 'error.min',
    maximum: 'error.max',
    minLength: 'error.minLength',
    maxLength: 'error.maxLength',
    pattern: 'error.pattern',
    enum: 'error.unknown.enum.literal',
    minItems: 'error.minLength',
  }
  return codes[error.keyword]
}

function playType(type: unknown): string {
  const named = [type].flat().find((name) => name !== 'null')
  return named === 'integer' ? 'number' : String(named)
}

function messageOf(error: ErrorObject): string {
  if (error.keyword === 'enum') {
    const allowed = error.params['allowedValues'] as readonly (string | null)[]
    return `must be one of ${allowed.filter((value) => value !== null).join(', ')}`
  }
  if (error.keyword === 'type')
    return `must be ${[error.params['type']]
      .flat()
      .filter((t) => t !== 'null')
      .join(' or ')}`
  if (error.keyword === 'not' && error.instancePath === '/id') {
    return 'must not be the root, nor end with restart, tasks, versions, . or ..'
  }
  if (error.keyword === 'pattern' && /id$|dependencies/.test(error.instancePath)) {
    return 'must be a path of lower-case names (letters, digits, dashes, dots) joined by /'
  }
  return error.message ?? 'is not valid'
}

function rule(path: AppFault['path'], message: string): AppFault {
  return { path, kind: 'rule', code: message, message }
}

/** The pointer's parts, positions as numbers where the value there is a list. */
function pathOf(pointer: string, value: unknown): (string | number)[] {
  const parts = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  let at: unknown = value
  return parts.map((part) => {
    const key = Array.isArray(at) ? Number(part) : part
    at = (at as Record<string | number, unknown> | undefined)?.[key]
    return key
  })
}

function distinct(faults: readonly AppFault[]): readonly AppFault[] {
  return [...new Map(faults.map((fault) => [JSON.stringify([fault.path, fault.message]), fault])).values()]
}
