import type { Secret } from '../kernel/secret.ts'
import { keyFileText, secretsText } from '../secrets/service-keys.ts'
import type { Credentials } from '../secrets/types.ts'
import type { VariablesNode } from '../start-spec/types.ts'
import { acls, digestIdOf, loginOf, secretsPlace } from '../zookeeper/identity.ts'
import { layoutOf, layoutVersion, rootPath, versionPath } from '../zookeeper/layout.ts'
import { preparedNodes, type ServiceIdentities } from '../zookeeper/prepared-nodes.ts'
import type { Acl } from '../zookeeper/types.ts'
import type { BuiltService, Composition } from './types.ts'

/** A node as it is to be. Folders have empty data. */
export interface WantedNode {
  readonly path: string
  readonly acl: Acl
  readonly content:
    | { readonly kind: 'plain'; readonly data: string }
    /** `key`: base64; `place`: what binds the sealed text to its service. */
    | { readonly kind: 'sealed'; readonly plain: Secret; readonly key: Secret; readonly place: string }
}

/** Nodes of one service: written in one transaction, the spec among them. */
export interface WantedService {
  readonly name: string
  readonly spec: WantedNode
  readonly files: readonly WantedNode[]
  readonly secrets: WantedNode
  /** Folders in which the containers write: status, registry, waiting. */
  readonly folders: readonly WantedNode[]
}

export interface WantedTree {
  /** Parents first. */
  readonly shared: readonly WantedNode[]
  readonly services: readonly WantedService[]
}

/** What `deploy` keeps below /kmesos/<deployment>. */
export function buildConfigTree(composition: Composition, credentials: Credentials): WantedTree {
  const { site } = composition
  const layout = layoutOf(site.deployment)
  const identities = identitiesOf(site.deployment, credentials)
  const readable = acls.readable(identities.operator, identities.reader)
  const variables: VariablesNode = { variables: site.variables, hosts: site.hosts }
  const shared = new Map<string, WantedNode>()
  const services: WantedService[] = []
  for (const path of [rootPath, layout.root]) shared.set(path, plain(path, '', readable))
  shared.set(versionPath, plain(versionPath, layoutVersion, readable))
  shared.set(layout.variables, plain(layout.variables, JSON.stringify(variables), readable))
  for (const service of composition.services.values()) {
    const own = identities.ownOf(service.definition.name)
    const who = { ...identities, own, service: service.definition.name, hosts: service.hosts }
    const nodes = preparedNodes(layout, who).map((node) => plain(node.path, node.data, node.acl))
    const isOwn = (node: WantedNode): boolean => node.acl.some((entry) => entry.digestId === own)
    for (const node of nodes.filter((each) => !isOwn(each))) shared.set(node.path, node)
    services.push(
      wantedService(service, { who, credentials, deployment: site.deployment, folders: nodes.filter(isOwn) }),
    )
  }
  return { shared: [...shared.values()], services }
}

interface ServiceSetting {
  readonly who: ServiceIdentities
  readonly credentials: Credentials
  readonly deployment: string
  readonly folders: readonly WantedNode[]
}

function wantedService(service: BuiltService, setting: ServiceSetting): WantedService {
  const { who, credentials, deployment } = setting
  const layout = layoutOf(deployment)
  const readable = acls.readable(who.operator, who.reader)
  const name = service.definition.name
  const path = layout.service(name)
  const files = Object.entries(service.files).map(([file, text]) =>
    plain(layout.file(name, file), text, readable),
  )
  return {
    name,
    spec: plain(path, JSON.stringify(service.spec), readable),
    files: [plain(`${path}/files`, '', readable), ...files],
    secrets: {
      path: layout.serviceSecrets(name),
      acl: acls.secretOf(who.operator, who.own),
      content: {
        kind: 'sealed',
        plain: secretsText(service.definition.secrets, credentials),
        key: keyOf(name, credentials),
        place: secretsPlace(deployment, name),
      },
    },
    folders: setting.folders,
  }
}

function plain(path: string, data: string, acl: Acl): WantedNode {
  return { path, acl, content: { kind: 'plain', data } }
}

function keyOf(service: string, credentials: Credentials): Secret {
  const key = credentials.keys.services.get(service)
  // loadCredentials has refused a file without it.
  if (!key) throw new Error(`no key for service ${service}`)
  return key
}

function identitiesOf(
  deployment: string,
  credentials: Credentials,
): { readonly operator: string; readonly reader: string; readonly ownOf: (service: string) => string } {
  const idOf = (who: Parameters<typeof loginOf>[0], key: Secret): string =>
    digestIdOf(loginOf(who, deployment, key.reveal()))
  return {
    operator: idOf('operator', credentials.keys.operator),
    reader: idOf('reader', credentials.keys.reader),
    ownOf: (service) => idOf({ service }, keyOf(service, credentials)),
  }
}

/** Key files per host: path -> content, of the services that may run there. */
export function keyFilesOf(
  composition: Composition,
  credentials: Credentials,
): ReadonlyMap<string, ReadonlyMap<string, Secret>> {
  const { deployment, hosts } = composition.site
  const files = new Map(Object.keys(hosts).map((host) => [host, new Map<string, Secret>()]))
  for (const service of composition.services.values()) {
    for (const host of service.hosts) {
      files
        .get(host)
        ?.set(service.definition.name, keyFileText(deployment, service.definition.name, credentials))
    }
  }
  return files
}
