import { systemClock } from '../kernel/clock.ts'
import { redactor } from '../kernel/secret.ts'
import type { KeyFile } from '../start-spec/types.ts'
import { digestIdOf, loginOf } from '../zookeeper/identity.ts'
import { layoutOf } from '../zookeeper/layout.ts'
import type { Acl, AclEntry, ConfigStore, DigestLogin } from '../zookeeper/types.ts'
import { ClusterView } from './cluster-view.ts'
import { ConfigSource, type Config } from './config-source.ts'
import type { Container, Launcher } from './container.ts'
import { hostOf } from './identity.ts'
import { kollaLauncher, plainLauncher } from './launch.ts'
import { createLog, type Log } from './log.ts'
import { renderFiles } from './prepare-step.ts'
import { Publisher } from './publisher.ts'
import { Renderer } from './rendering.ts'
import { awaitConfig } from './steps.ts'
import { loadAccounts } from './users.ts'

export interface Setting {
  readonly key: KeyFile
  readonly instance: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly store: ConfigStore
  readonly signal: AbortSignal
  readonly write: (line: string) => void
}

/** Kolla's places in its images. */
const kollaFolder = '/var/lib/kolla/config_files'
const kollaMark = '/configured'

export function loginsOf(key: KeyFile): readonly DigestLogin[] {
  const own = loginOf({ service: key.service }, key.deployment, key.key)
  return [loginOf('reader', key.deployment, key.reader), own]
}

/** Reads the first whole configuration and puts the parts together. Throws ConfigError for a configuration with faults. */
export async function buildContainer(setting: Setting): Promise<Container> {
  const { key, store, signal } = setting
  const layout = layoutOf(key.deployment)
  const [accounts, source] = [loadAccounts(), new ConfigSource(store, { layout, key, signal })]
  const redact = redactionOf(source, key)
  const log = createLog({ service: key.service, now: () => Date.now(), write: setting.write, redact })
  const config = await awaitConfig({ source, log, signal })
  const identity = {
    deployment: key.deployment,
    service: key.service,
    instance: setting.instance,
    ...hostOf(setting.environment, config.variables.hosts),
  }
  const acl = ownAcl(key)
  const view = new ClusterView(store, layout, signal)
  const parts = { identity, store, layout, acl, view, source, log, redact, signal, accounts: await accounts }
  const immutable =
    config.spec.strategy === 'kolla' && setting.environment['KOLLA_CONFIG_STRATEGY'] === 'COPY_ONCE'
  const publisher = new Publisher(store, acl, faultLog(log))
  return { ...parts, publisher, immutable, clock: systemClock, launcher: launcherOf(parts, immutable) }
}

function launcherOf(
  parts: Pick<Container, 'accounts' | 'redact' | 'identity' | 'view' | 'source'>,
  immutable: boolean,
): Launcher {
  const current = (): Config => parts.source.current as Config
  const kolla = kollaLauncher({
    ...parts,
    folder: kollaFolder,
    configuredMark: kollaMark,
    strategy: immutable ? 'COPY_ONCE' : 'COPY_ALWAYS',
    files: () => renderFiles(new Renderer(current(), parts.identity, parts.view.registry), current().spec),
  })
  const plain = plainLauncher(parts)
  return { start: (request) => (current().spec.strategy === 'kolla' ? kolla : plain).start(request) }
}

/** What we write is ours; the reader reads it, and the operator may do everything. */
function ownAcl(key: KeyFile): Acl {
  const [reader, own] = loginsOf(key).map(digestIdOf) as [string, string]
  const written: AclEntry['permissions'] = ['create', 'read', 'write', 'delete']
  const everything: AclEntry['permissions'] = [...written, 'admin']
  return [
    ...(key.operatorId === undefined ? [] : [{ digestId: key.operatorId, permissions: everything }]),
    { digestId: reader, permissions: ['read'] },
    { digestId: own, permissions: written },
  ]
}

/** Follows the present secrets; our own keys are masked from the first line on. */
function redactionOf(source: ConfigSource, key: KeyFile): (text: string) => string {
  const ours = [key.key, key.reader, ...loginsOf(key).map((login) => login.password)]
  let [known, redact] = [source.current, redactor(ours)]
  return (text) => {
    if (known !== source.current) {
      known = source.current
      redact = redactor([...ours, ...Object.values(known?.secrets ?? {})])
    }
    return redact(text)
  }
}

function faultLog(log: Log): (error: Error) => void {
  return (error) => log('', `cannot tell its state: ${error.message}`)
}
