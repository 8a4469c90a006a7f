import { digestOf, sha256 } from '../kernel/digest.ts'
import { messageOf } from '../kernel/errors.ts'
import type { Problem } from '../kernel/problems.ts'
import type { CommandDefinition, Role, ServiceDefinition } from '../roles/types.ts'
import { startSpecVersion, type CommandSpec, type FileSpec, type StartSpec } from '../start-spec/types.ts'
import { includedNames } from '../templates/partials.ts'
import { renderText, type Origin } from '../templates/render.ts'
import type { TemplateContext } from '../templates/scope.ts'
import { configDigestOf } from './config-digest.ts'
import { digestContext, openContext, type DigestSetting } from './container-context.ts'

export interface SpecSetting extends DigestSetting {
  /**
   * A keyed hash of a secret's value. It stands in the digest for secrets that a command is *given* by stdin, so that a new
   * password runs `create user` again; secrets in files do not count: they would run db_sync again.
   */
  readonly fingerprint: (secret: string) => string
}

export interface BuiltSpec {
  readonly spec: StartSpec
  /** Of what a running container does not take up by itself: when it changes, the container is replaced. */
  readonly containerDigest: string
  readonly files: Readonly<Record<string, string>>
  readonly problems: readonly Problem[]
}

/** What kmesos-start reads for one service. Every text is rendered once in digest mode: faults in templates show here. */
export function buildStartSpec(service: ServiceDefinition, role: Role, setting: SpecSetting): BuiltSpec {
  const sealed = newRenderer(digestContext(service, setting))
  const open = newRenderer(openContext(service, setting))
  const files = Object.fromEntries(
    service.files.map((file) => [file.source, role.templates[file.source] ?? '']),
  )
  const renderedFiles = service.files.map((file) => ({
    ...{ dest: file.dest, mode: file.mode, owner: file.owner, group: file.group },
    text: sealed.text(files[file.source] ?? '', { file: `roles/${role.name}/templates/${file.source}` }),
  }))
  const given = newRenderer(digestContext(service, { ...setting, placeholder: setting.fingerprint }))
  const commands = service.commands.map((command) =>
    buildCommand(command, { service, renderedFiles, open, given }),
  )
  const spec: StartSpec = {
    version: startSpecVersion,
    service: service.name,
    kind: service.kind,
    ...(service.user === undefined ? {} : { user: service.user }),
    files: service.files.map((file) => fileSpec(file, files[file.source] ?? '')),
    ...partialsOf(service, files, setting.partials),
    commands: commands.map((command) => command.spec),
    ...daemonOf(service, open),
    strategy: setting.site.variables.image_source === 'local' ? 'plain' : 'kolla',
  }
  const config = configDigestOf(spec, {
    ...{ files, secrets: service.secrets, fingerprint: setting.fingerprint },
    variables: setting.site.variables,
  })
  return {
    spec: { ...spec, config },
    files,
    containerDigest: containerDigestOf(
      spec,
      commands.map((command) => command.own),
    ),
    problems: unique([...sealed.problems, ...open.problems, ...given.problems]),
  }
}

/**
 * kmesos-start begins again with all commands when a file of a service that restarts on changes is another one; then the
 * commands' digests without files are enough. Otherwise one-time commands would never run for their new digest.
 */
function containerDigestOf(spec: StartSpec, own: readonly string[]): string {
  const begins =
    spec.kind === 'job' || (spec.daemon?.onConfigChange === 'restart' && spec.strategy === 'plain')
  return digestOf(begins ? own : [own, spec.commands.map((command) => command.runOnce && command.digest)])
}

interface Renderer {
  readonly text: (text: string, origin: Origin) => string
  readonly problems: Problem[]
}

/** Renders and collects faults instead of throwing the first one. */
function newRenderer(context: TemplateContext): Renderer {
  const problems: Problem[] = []
  const text = (source: string, origin: Origin): string => {
    try {
      return renderText(source, context, origin)
    } catch (error) {
      const [, where = origin.file, message = messageOf(error)] =
        /^(\S+:\d+): ([\s\S]*)$/.exec(messageOf(error)) ?? []
      problems.push({ where, message })
      return ''
    }
  }
  return { text, problems }
}

interface CommandSetting {
  readonly service: ServiceDefinition
  readonly renderedFiles: readonly unknown[]
  /** Renders what others may read. */
  readonly open: Renderer
  /** Renders what the command is given, with fingerprints of secrets. */
  readonly given: Renderer
}

interface BuiltCommand {
  readonly spec: CommandSpec
  /** Digest of the command alone, without the service's files. */
  readonly own: string
}

function buildCommand(definition: CommandDefinition, setting: CommandSetting): BuiltCommand {
  const { where, ...command } = definition
  const origin = originOf(where)
  const { service, open, given } = setting
  const itself = {
    image: service.image,
    user: command.user ?? service.user,
    command: command.command.map((word) => open.text(word, origin)),
    environment: Object.entries(command.environment).map(([name, text]) => [name, open.text(text, origin)]),
    stdin: command.stdin === undefined ? undefined : given.text(command.stdin, origin),
  }
  const digest = digestOf({ ...itself, files: setting.renderedFiles })
  return { spec: { ...command, digest }, own: digestOf(itself) }
}

function daemonOf(service: ServiceDefinition, open: Renderer): Pick<StartSpec, 'daemon'> {
  if (!service.daemon) return {}
  const { where, ...daemon } = service.daemon
  const origin = originOf(where)
  const texts = [...daemon.command, ...Object.values(daemon.environment), ...readyTexts(daemon.ready)]
  for (const text of texts) open.text(text, origin)
  return { daemon: { ...daemon, ports: service.ports } }
}

function readyTexts(ready: NonNullable<StartSpec['daemon']>['ready']): readonly string[] {
  if (ready.kind === 'http') return [ready.url]
  if (ready.kind === 'tcp') return [ready.host, ready.port]
  return ready.kind === 'exec' ? ready.command : []
}

function fileSpec(file: ServiceDefinition['files'][number], text: string): FileSpec {
  const { source, where: _where, ...rest } = file
  return { name: source, ...rest, digest: sha256(text) }
}

/** The partials that the service's texts include, and those that these include. */
function partialsOf(
  service: ServiceDefinition,
  files: Readonly<Record<string, string>>,
  partials: Readonly<Record<string, string>>,
): Pick<StartSpec, 'partials'> {
  const stdins = service.commands.flatMap((command) => command.stdin ?? [])
  const queue = [...Object.values(files), ...stdins].flatMap(includedNames)
  const used = new Map<string, string>()
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const text = partials[name]
    if (text === undefined || used.has(name)) continue
    used.set(name, text)
    queue.push(...includedNames(text))
  }
  if (used.size === 0) return {}
  return { partials: Object.fromEntries([...used].sort(([a], [b]) => (a < b ? -1 : 1))) }
}

function originOf(where: string): Origin {
  const [, file = where, line = '1'] = /^(.*):(\d+)$/.exec(where) ?? []
  return { file, line: Number(line) }
}

function unique(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map((problem) => [`${problem.where} ${problem.message}`, problem])).values()]
}
