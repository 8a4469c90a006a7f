import { digestOf } from '../../src/kernel/digest.ts'
import type { CommandSpec, DaemonSpec, StartSpec } from '../../src/start-spec/types.ts'

/** Start specs with plain values for what a test does not care about. */
export function daemonSpec(
  service: string,
  more: Partial<Omit<StartSpec, 'daemon'>> & { readonly daemon?: Partial<DaemonSpec> } = {},
): StartSpec {
  const daemon: DaemonSpec = {
    command: ['sleep', '1000'],
    environment: {},
    requires: [],
    ready: { kind: 'none' },
    readyWithinSeconds: 10,
    onConfigChange: 'restart',
    ports: {},
    stopSignal: 'SIGTERM',
    ...more.daemon,
  }
  return { version: 1, service, kind: 'daemon', files: [], commands: [], strategy: 'plain', ...more, daemon }
}

export function jobSpec(service: string, commands: readonly CommandSpec[]): StartSpec {
  return { version: 1, service, kind: 'job', files: [], commands, strategy: 'plain' }
}

export function commandOf(name: string, more: Partial<CommandSpec> = {}): CommandSpec {
  return {
    name,
    command: ['true'],
    environment: {},
    runOnce: true,
    requires: [],
    retries: 0,
    delaySeconds: 0,
    timeoutSeconds: 20,
    digest: digestOf({ name, command: more.command ?? ['true'] }),
    ...more,
  }
}
