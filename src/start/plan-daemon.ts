import { digestOf } from '../kernel/digest.ts'
import type { DaemonSpec, ReadyCheck, RegistryNode } from '../start-spec/types.ts'
import type { Config } from './config-source.ts'
import type { Container } from './container.ts'
import { renderFiles, renderForStep } from './prepare-step.ts'
import type { Renderer } from './rendering.ts'

/** The daemon as it is to be started, everything rendered. */
export interface DaemonPlan {
  readonly argv: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly user: string | undefined
  readonly ready: ReadyCheck
  /** What a running daemon can take up by reading its files again. */
  readonly filesDigest: string
  /** What only a new start brings: words, environment, user, commands before it. */
  readonly startDigest: string
  /** Registrations at the time of rendering: what comes later may change the texts. */
  readonly registry: ReadonlyMap<string, readonly RegistryNode[]>
}

export async function planDaemon(container: Container, config: Config): Promise<DaemonPlan> {
  const renderer = await renderForStep(container, config, 'daemon')
  const { spec } = config
  const registry = new Map(container.view.registry)
  const daemon = spec.daemon as DaemonSpec
  const argv = renderer.words(daemon.command, 'daemon')
  const environment = renderer.environment(daemon.environment, 'daemon')
  const commands = spec.commands.map((command) => [command.name, command.digest])
  return {
    argv,
    environment,
    user: spec.user,
    ready: renderReady(daemon.ready, renderer),
    filesDigest: digestOf(renderFiles(renderer, spec).map((file) => [file.spec, file.content])),
    startDigest: digestOf([
      argv,
      environment,
      spec.user ?? '',
      spec.strategy,
      commands,
      daemon.ports,
      daemon.ready,
    ]),
    registry,
  }
}

function renderReady(check: ReadyCheck, renderer: Renderer): ReadyCheck {
  const one = (text: string): string => renderer.words([text], 'ready check')[0] ?? ''
  switch (check.kind) {
    case 'http':
      return { ...check, url: one(check.url) }
    case 'tcp':
      return { ...check, host: one(check.host), port: one(check.port) }
    case 'exec':
      return { ...check, command: check.command.map(one) }
    case 'none':
      return check
  }
}
