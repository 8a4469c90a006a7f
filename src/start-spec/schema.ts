import {
  anyText,
  byKind,
  count,
  either,
  flag,
  isMap,
  listOf,
  mapOf,
  mapWith,
  matching,
  oneOf,
  optional,
  seconds,
  text,
  type Shape,
} from './shape.ts'
import {
  startSpecVersion,
  type CommandSpec,
  type DaemonSpec,
  type FileSpec,
  type KeyFile,
  type ReadyCheck,
  type RegistryNode,
  type Requirement,
  type StartEnvironment,
  type StartSpec,
  type StatusNode,
  type VariablesNode,
} from './types.ts'

/** Shapes of everything in types.ts that comes from outside; a member that is missing here does not compile. */

const hexDigest = matching(/^[0-9a-f]{64}$/, 'a SHA-256 digest in hex')
const octalMode = matching(/^0?[0-7]{3,4}$/, 'an octal mode like "0600"')
const absolutePath = matching(/^\//, 'an absolute path')
const signalName = matching(/^SIG[A-Z0-9+-]+$/, 'a signal name like SIGTERM')
/** Names become parts of paths in ZooKeeper. */
const nodeName = matching(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'a name of letters, digits, "_", "." and "-"')
/** 32 bytes in base64. */
const key32 = matching(/^[A-Za-z0-9+/]{43}=$/, 'a key of 32 bytes in base64')
const isoTime = matching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/, 'an ISO time in UTC')

const requirement: Shape<Requirement> = mapWith<Requirement>({
  service: nodeName,
  command: nodeName,
  scope: oneOf('global', 'host'),
})

const file: Shape<FileSpec> = mapWith<FileSpec>({
  name: nodeName,
  dest: absolutePath,
  owner: optional(text),
  group: optional(text),
  mode: octalMode,
  digest: hexDigest,
})

const command: Shape<CommandSpec> = mapWith<CommandSpec>({
  name: nodeName,
  command: listOf(anyText),
  environment: mapOf(anyText),
  stdin: optional(anyText),
  user: optional(text),
  runOnce: flag,
  requires: listOf(requirement),
  retries: count,
  delaySeconds: seconds,
  timeoutSeconds: seconds,
  digest: hexDigest,
})

const ready: Shape<ReadyCheck> = byKind<ReadyCheck>({
  http: mapWith<Extract<ReadyCheck, { kind: 'http' }>>({
    kind: oneOf('http'),
    url: text,
    statuses: listOf(count),
  }),
  tcp: mapWith<Extract<ReadyCheck, { kind: 'tcp' }>>({ kind: oneOf('tcp'), host: text, port: text }),
  exec: mapWith<Extract<ReadyCheck, { kind: 'exec' }>>({ kind: oneOf('exec'), command: listOf(anyText) }),
  none: mapWith<Extract<ReadyCheck, { kind: 'none' }>>({ kind: oneOf('none') }),
})

const daemon: Shape<DaemonSpec> = mapWith<DaemonSpec>({
  command: listOf(anyText),
  environment: mapOf(anyText),
  requires: listOf(requirement),
  ready,
  readyWithinSeconds: seconds,
  onConfigChange: either(
    isMap,
    mapWith<{ readonly reload: string }>({ reload: signalName }),
    oneOf('restart', 'ignore'),
  ),
  ports: mapOf(count),
  stopSignal: signalName,
})

export const startSpecShape: Shape<StartSpec> = mapWith<StartSpec>({
  version: oneOf(startSpecVersion),
  service: nodeName,
  kind: oneOf('daemon', 'job'),
  user: optional(text),
  files: listOf(file),
  partials: optional(mapOf(anyText)),
  commands: listOf(command),
  daemon: optional(daemon),
  strategy: oneOf('plain', 'kolla'),
  config: optional(hexDigest),
})

export const statusNodeShape: Shape<StatusNode> = mapWith<StatusNode>({
  state: oneOf('waiting', 'running', 'retry', 'done', 'error', 'starting', 'ready', 'stopped'),
  digest: anyText,
  host: text,
  instance: text,
  attempt: count,
  since: isoTime,
  error: optional(anyText),
  log: optional(listOf(anyText)),
})

export const registryNodeShape: Shape<RegistryNode> = mapWith<RegistryNode>({
  host: text,
  address: text,
  ports: mapOf(count),
  incarnation: text,
  since: isoTime,
  config: optional(hexDigest),
  configSince: optional(isoTime),
  note: optional(anyText),
})

const anything = ((value: unknown) => value !== undefined) as Shape<unknown>

export const variablesNodeShape: Shape<VariablesNode> = mapWith<VariablesNode>({
  variables: mapOf(anything),
  hosts: mapOf(mapWith<VariablesNode['hosts'][string]>({ address: text, groups: listOf(text) })),
})

export const keyFileShape: Shape<KeyFile> = mapWith<KeyFile>({
  version: oneOf(1),
  deployment: nodeName,
  service: nodeName,
  key: key32,
  reader: key32,
  operatorId: optional(matching(/^[^:]+:[A-Za-z0-9+/=]+$/, '"user:hash"')),
})

export const startEnvironmentShape: Shape<StartEnvironment> = mapWith<StartEnvironment>({
  KMESOS_ZOOKEEPER: matching(/^[^\s/,]+:\d+(,[^\s/,]+:\d+)*$/, '"host:port,host:port"'),
  KMESOS_DEPLOYMENT: nodeName,
  KMESOS_SERVICE: nodeName,
  KMESOS_KEY_FILE: absolutePath,
  KMESOS_SESSION_SECONDS: optional(matching(/^\d+(\.\d+)?$/, 'a number of seconds')),
})

export const secretsShape: Shape<Readonly<Record<string, string>>> = mapOf(anyText)
