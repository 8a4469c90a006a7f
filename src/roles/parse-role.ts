import type { Problem } from '../kernel/problems.ts'
import type { TemplateContext } from '../templates/scope.ts'
import { fault, itemsOf, membersOf, shown, textOf, textsOf, type Reading } from './fields.ts'
import { parseLocated, type Located } from './located.ts'
import { modeOf, parseService } from './parse-service.ts'
import type { OutputDefinition, Profiles, Role, RoleSource, ServiceDefinition, SourceText } from './types.ts'

export const roleKeys = ['name', 'services', 'jobs', 'outputs', 'endpoints']
export const outputKeys = ['source', 'dest', 'mode', 'secrets']

/** Parses one role by the site's variables. All faults at once; the role is of use only without any. */
export function parseRole(
  source: RoleSource,
  context: TemplateContext,
): { readonly role: Role; readonly problems: readonly Problem[] } {
  const { root, problems } = parseLocated(source.service.text, source.service.file)
  const reading: Reading = { problems: [...problems], context }
  const fields = membersOf(root, reading, roleKeys)
  const name = textOf(fields.name, reading)
  if (fields.name === undefined) fault(root, 'name: is missing', reading)
  else if (name !== undefined && name !== source.name) {
    fault(fields.name, `must be the folder's name "${source.name}", got ${shown(name)}`, reading)
  }
  const endpoints = Object.entries(membersOf(fields.endpoints, reading))
  const role = {
    name: source.name,
    services: [
      ...parseServices(source.name, { kind: 'job', at: fields.jobs }, reading),
      ...parseServices(source.name, { kind: 'daemon', at: fields.services }, reading),
    ],
    outputs: itemsOf(fields.outputs, reading).map((item) => parseOutput(item, reading)),
    endpoints: Object.fromEntries(endpoints.map(([key, at]) => [key, textOf(at, reading) ?? ''])),
    templates: source.templates,
  }
  return { role, problems: reading.problems }
}

function parseServices(
  role: string,
  list: { readonly kind: ServiceDefinition['kind']; readonly at: Located | undefined },
  reading: Reading,
): readonly ServiceDefinition[] {
  return Object.entries(membersOf(list.at, reading)).map(([name, at]) =>
    parseService({ role, name, kind: list.kind }, at, reading),
  )
}

function parseOutput(at: Located, reading: Reading): OutputDefinition {
  const fields = membersOf(at, reading, outputKeys)
  const dest = textOf(fields.dest, reading) ?? ''
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(dest)) fault(at, 'dest: must be a file name', reading)
  const source = textOf(fields.source, reading)
  if (source === undefined) fault(at, 'source: is missing', reading)
  return {
    where: `${at.file}:${at.line}`,
    source: source ?? '',
    dest,
    mode: modeOf(fields.mode, '0600', reading),
    secrets: textsOf(fields.secrets, reading),
  }
}

/** `roles/profiles.yml`: a map of lists of role names. */
export function parseProfiles(source: SourceText): {
  readonly profiles: Profiles
  readonly problems: readonly Problem[]
} {
  const { root, problems } = parseLocated(source.text, source.file)
  const reading: Reading = { problems: [...problems], context: {} }
  const profiles = Object.entries(membersOf(root, reading)).map(
    ([name, at]) => [name, textsOf(at, reading)] as const,
  )
  return { profiles: Object.fromEntries(profiles), problems: reading.problems }
}
