import { ConfigError } from '../kernel/errors.ts'
import { countOf, type Problem } from '../kernel/problems.ts'
import {
  keyFileShape,
  registryNodeShape,
  secretsShape,
  startEnvironmentShape,
  startSpecShape,
  statusNodeShape,
  variablesNodeShape,
} from './schema.ts'
import { isMap, type Shape } from './shape.ts'
import type {
  KeyFile,
  RegistryNode,
  StartEnvironment,
  StartSpec,
  StatusNode,
  VariablesNode,
} from './types.ts'

/** Everything that crosses the border is either the value or all of its faults. */
export type Parsed<T> = { readonly value: T } | { readonly problems: readonly Problem[] }

/** From the text of a node or a file. `where`: its path, put before each fault's place. */
export function parseStartSpec(json: string, where: string): Parsed<StartSpec> {
  const parsed = parseJson(json, where, startSpecShape)
  if ('problems' in parsed) return parsed
  const problems = [...kindProblems(parsed.value), ...nameProblems(parsed.value)]
  return problems.length > 0 ? { problems: problems.map((message) => ({ where, message })) } : parsed
}

export function parseStatusNode(json: string, where: string): Parsed<StatusNode> {
  return parseJson(json, where, statusNodeShape)
}

export function parseRegistryNode(json: string, where: string): Parsed<RegistryNode> {
  return parseJson(json, where, registryNodeShape)
}

export function parseVariablesNode(json: string, where: string): Parsed<VariablesNode> {
  return parseJson(json, where, variablesNodeShape)
}

export function parseKeyFile(json: string, where: string): Parsed<KeyFile> {
  return parseJson(json, where, keyFileShape)
}

/** What stands in secrets/<service> after unsealing. */
export function parseSecrets(json: string, where: string): Parsed<Readonly<Record<string, string>>> {
  return parseJson(json, where, secretsShape)
}

/** From a process's environment, which has other variables too; unknown ones that begin with KMESOS_ are let pass. */
export function parseStartEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Parsed<StartEnvironment> {
  const names = ['KMESOS_ZOOKEEPER', 'KMESOS_DEPLOYMENT', 'KMESOS_SERVICE', 'KMESOS_KEY_FILE']
  const own = Object.fromEntries(names.map((name) => [name, environment[name]]))
  const seconds = environment['KMESOS_SESSION_SECONDS']
  if (seconds !== undefined) own['KMESOS_SESSION_SECONDS'] = seconds
  return fitted(own, 'environment', startEnvironmentShape)
}

/** The value, or a ConfigError with all problems. */
export function orThrow<T>(parsed: Parsed<T>, what: string): T {
  if ('value' in parsed) return parsed.value
  throw new ConfigError(`${what} has ${countOf(parsed.problems.length, 'problem')}`, parsed.problems)
}

function parseJson<T>(json: string, where: string, shape: Shape<T>): Parsed<T> {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    // The parser's own message quotes the text, which may be a key.
    return { problems: [{ where, message: 'is not JSON' }] }
  }
  return fitted(value, where, shape)
}

function fitted<T>(value: unknown, where: string, shape: Shape<T>): Parsed<T> {
  const problems: Problem[] = []
  if (shape(value, { path: '', problems })) return { value }
  const placed = problems.map((problem) => ({
    ...problem,
    where: problem.where ? `${where}: ${problem.where}` : where,
  }))
  return { problems: placed.length > 0 || isMap(value) ? placed : [{ where, message: 'has the wrong form' }] }
}

function kindProblems(spec: StartSpec): readonly string[] {
  if (spec.kind === 'daemon') return spec.daemon ? [] : ['a service of kind daemon needs the member daemon']
  const repeated = spec.commands.filter((command) => !command.runOnce).map((command) => command.name)
  return [
    ...(spec.daemon ? ['a job has no daemon'] : []),
    ...repeated.map((name) => `command ${name} of a job must be run once`),
  ]
}

function nameProblems(spec: StartSpec): readonly string[] {
  const names = spec.commands.map((command) => command.name)
  const twice = names.filter((name, index) => names.indexOf(name) !== index)
  const empty = spec.commands.filter((command) => command.command.length === 0)
  return [
    ...twice.map((name) => `there are two commands with the name ${name}`),
    ...names.filter((name) => name === 'daemon').map(() => 'a command cannot have the name daemon'),
    ...empty.map((command) => `command ${command.name} has no words`),
    ...(spec.daemon?.command.length === 0 ? ['the daemon has no command'] : []),
  ]
}
