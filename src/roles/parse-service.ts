import type { Constraint } from '../marathon/types.ts'
import {
  choiceOf,
  fault,
  given,
  itemsOf,
  membersOf,
  numberOf,
  rawTextsByName,
  shown,
  textOf,
  textsOf,
  type Reading,
} from './fields.ts'
import type { Located } from './located.ts'
import { parseCommands, parseDaemon } from './parse-commands.ts'
import type { FileDefinition, ServiceDefinition, VolumeDefinition } from './types.ts'

export const serviceKeys = [
  ...[
    'image',
    'placement',
    'instances',
    'pin',
    'cpus',
    'mem',
    'ports',
    'user',
    'files',
    'secrets',
    'commands',
  ],
  ...['daemon', 'environment', 'volumes', 'constraints', 'stop_grace', 'capabilities', 'parameters'],
]
export const fileKeys = ['source', 'dest', 'owner', 'group', 'mode']
export const volumeKeys = ['name', 'host', 'path', 'mode']

/** Marathon's rule for a segment of an app's id, and its reserved words. */
export const serviceName = /^(?!(?:restart|tasks|versions)$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/

export interface ServicePlace {
  readonly role: string
  readonly name: string
  readonly kind: 'daemon' | 'job'
}

/** One entry of `services:` or `jobs:`. Faults go to `reading.problems`; the result is of use only without any. */
export function parseService(place: ServicePlace, at: Located, reading: Reading): ServiceDefinition {
  const fields = membersOf(at, reading, serviceKeys)
  if (!serviceName.test(place.name)) {
    fault(at, 'a service is named with small letters, digits and - (it becomes a part of an app id)', reading)
  }
  const environment = rawTextsByName(fields.environment, reading)
  const user = textOf(fields.user, reading)
  const pin = choiceOf(fields.pin, ['first'], reading)
  const instances = numberOf(fields.instances, { min: 1, integer: true }, reading)
  const service: ServiceDefinition = {
    ...place,
    where: `${at.file}:${at.line}`,
    image: required('image', fields, at, reading),
    placement: required('placement', fields, at, reading),
    cpus: numberOf(fields.cpus, { min: 0.001 }, reading) ?? 0.1,
    mem: numberOf(fields.mem, { min: 32 }, reading) ?? 128,
    ports: parsePorts(fields.ports, reading),
    ...given({ user, pin, instances }),
    files: itemsOf(fields.files, reading).map((item) => parseFile(item, reading)),
    secrets: textsOf(fields.secrets, reading),
    commands: parseCommands(fields.commands, environment, reading),
    ...(fields.daemon ? { daemon: parseDaemon(fields.daemon, environment, reading) } : {}),
    volumes: itemsOf(fields.volumes, reading).flatMap((item) => parseVolume(item, reading) ?? []),
    constraints: itemsOf(fields.constraints, reading).map((item) => parseConstraint(item, reading)),
    stopGraceSeconds: numberOf(fields.stop_grace, { min: 1, integer: true }, reading) ?? 30,
    parameters: parseParameters(fields, reading),
  }
  checkKind(service, at, reading)
  return service
}

function required(
  name: string,
  fields: Readonly<Record<string, Located>>,
  at: Located,
  reading: Reading,
): string {
  if (fields[name] === undefined) fault(at, `${name}: is missing`, reading)
  return textOf(fields[name], reading) ?? ''
}

function checkKind(service: ServiceDefinition, at: Located, reading: Reading): void {
  if (service.kind === 'daemon' && service.daemon === undefined) {
    fault(at, 'a service needs a daemon (what only runs commands stands under jobs:)', reading)
  }
  if (service.kind === 'daemon') return
  if (service.daemon !== undefined) fault(at, 'a job has no daemon', reading)
  if (service.commands.length === 0) fault(at, 'a job needs at least one command', reading)
  for (const command of service.commands.filter((each) => !each.runOnce)) {
    fault(at, `commands/${command.name}: a job's commands need run_once: true`, reading)
  }
}

function parsePorts(at: Located | undefined, reading: Reading): Readonly<Record<string, number>> {
  const ports: Record<string, number> = {}
  for (const [name, member] of Object.entries(membersOf(at, reading))) {
    const port = numberOf(member, { min: 1, max: 65_535, integer: true }, reading)
    if (port !== undefined) ports[name] = port
  }
  return ports
}

export function parseFile(at: Located, reading: Reading): FileDefinition {
  const fields = membersOf(at, reading, fileKeys)
  const mode = modeOf(fields.mode, '0644', reading)
  const owner = textOf(fields.owner, reading)
  const group = textOf(fields.group, reading)
  const dest = required('dest', fields, at, reading)
  if (dest !== '' && !dest.startsWith('/'))
    fault(at, `dest: must be an absolute path, got ${shown(dest)}`, reading)
  return {
    where: `${at.file}:${at.line}`,
    source: required('source', fields, at, reading),
    dest,
    ...given({ owner, group }),
    mode,
  }
}

/** File modes are written as quoted text: YAML reads a bare 0600 as the number 600. */
export function modeOf(at: Located | undefined, usual: string, reading: Reading): string {
  if (at === undefined) return usual
  if (typeof at.value === 'string' && /^0[0-7]{3,4}$/.test(at.value)) return at.value
  return fault(at, `must be a quoted octal text like "0600", got ${shown(at.value)}`, reading) ?? usual
}

function parseVolume(at: Located, reading: Reading): VolumeDefinition | undefined {
  const fields = membersOf(at, reading, volumeKeys)
  const path = required('path', fields, at, reading)
  const mode = choiceOf(fields.mode, ['rw', 'ro'], reading) === 'ro' ? 'RO' : 'RW'
  const name = textOf(fields.name, reading)
  const hostPath = textOf(fields.host, reading)
  if ((name === undefined) === (hostPath === undefined))
    return fault(at, 'needs either name or host', reading)
  if (name !== undefined && !/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name)) {
    return fault(at, `name: must be letters, digits, _ . -, got ${shown(name)}`, reading)
  }
  return name === undefined
    ? { kind: 'host', hostPath: hostPath ?? '', path, mode }
    : { kind: 'named', name, path, mode }
}

function parseConstraint(at: Located, reading: Reading): Constraint {
  const words = textsOf(at, reading)
  const [field, operator, value] = words
  if (field === undefined || operator === undefined || words.length > 3) {
    fault(at, 'must be [field, OPERATOR] or [field, OPERATOR, value]', reading)
    return ['', '']
  }
  return value === undefined ? [field, operator] : [field, operator, value]
}

function parseParameters(
  fields: Readonly<Record<string, Located>>,
  reading: Reading,
): ServiceDefinition['parameters'] {
  const capabilities = textsOf(fields.capabilities, reading).map((value) => ({ key: 'cap-add', value }))
  const others = itemsOf(fields.parameters, reading).flatMap((item) => {
    const members = membersOf(item, reading)
    return Object.entries(members).map(([key, value]) => ({ key, value: textOf(value, reading) ?? '' }))
  })
  return [...capabilities, ...others]
}
