import { sha256 } from '../../src/kernel/digest.ts'
import { parseStatusNode } from '../../src/start-spec/parse.ts'
import type { KeyFile, StartSpec, StatusNode, VariablesNode } from '../../src/start-spec/types.ts'
import { NodeExistsError } from '../../src/zookeeper/errors.ts'
import { acls, digestIdOf, loginOf, newKey, seal, secretsPlace } from '../../src/zookeeper/identity.ts'
import { layoutOf, type Layout, type StatusScope } from '../../src/zookeeper/layout.ts'
import { preparedNodes } from '../../src/zookeeper/prepared-nodes.ts'
import type { Acl, ConfigStore, DigestLogin } from '../../src/zookeeper/types.ts'

/** What `kmesos deploy` would have written, in the smallest form: for tests of kmesos-start. */
export interface Deployment {
  readonly layout: Layout
  readonly store: ConfigStore
  readonly logins: readonly DigestLogin[]
  keyOf(service: string): KeyFile
  writeVariables(variables: Readonly<Record<string, unknown>>): Promise<void>
  /** Files by name; their digests are put into the spec unless it has them already. */
  deploy(spec: StartSpec, options?: DeployOptions): Promise<StartSpec>
  status(scope: StatusScope, service: string, command: string): Promise<StatusNode | undefined>
  close(): Promise<void>
}

export interface DeployOptions {
  readonly files?: Readonly<Record<string, string>>
  readonly secrets?: Readonly<Record<string, string>>
}

export const hosts: VariablesNode['hosts'] = {
  h1: { address: '10.9.0.1', groups: ['controller'] },
  h2: { address: '10.9.0.2', groups: ['compute'] },
}

export async function createDeployment(
  name: string,
  connect: (logins: readonly DigestLogin[]) => Promise<ConfigStore>,
): Promise<Deployment> {
  const layout = layoutOf(name)
  const [operatorKey, readerKey] = [newKey(), newKey()]
  const [operatorLogin, readerLogin] = [
    loginOf('operator', name, operatorKey),
    loginOf('reader', name, readerKey),
  ]
  const [operator, reader] = [digestIdOf(operatorLogin), digestIdOf(readerLogin)]
  const store = await connect([operatorLogin, readerLogin])
  const keys = new Map<string, KeyFile>()
  const keyOf = (service: string): KeyFile => {
    const fresh = {
      version: 1,
      deployment: name,
      service,
      key: newKey(),
      reader: readerKey,
      operatorId: operator,
    } as const
    const key = keys.get(service) ?? fresh
    keys.set(service, key)
    return key
  }
  const readable = acls.readable(operator, reader)
  const put = (path: string, data: string, acl: Acl = readable): Promise<void> =>
    putNode(store, path, { data, acl })
  await put('/kmesos', '')
  const deploy = async (spec: StartSpec, options: DeployOptions = {}): Promise<StartSpec> => {
    const { service } = spec
    const own = digestIdOf(loginOf({ service }, name, keyOf(service).key))
    const who = { service, operator, reader, own, hosts: Object.keys(hosts) }
    for (const node of preparedNodes(layout, who)) await put(node.path, node.data, node.acl)
    const files = spec.files.map((file) => {
      const text = options.files?.[file.name]
      return file.digest === '' && text !== undefined ? { ...file, digest: sha256(text) } : file
    })
    const whole: StartSpec = { ...spec, files }
    if (options.secrets) {
      const sealed = seal(JSON.stringify(options.secrets), keyOf(service).key, secretsPlace(name, service))
      await put(layout.serviceSecrets(service), sealed, acls.secretOf(operator, own))
    }
    await put(layout.service(service), JSON.stringify(whole))
    await put(`${layout.service(service)}/files`, '')
    for (const [file, text] of Object.entries(options.files ?? {}))
      await put(layout.file(service, file), text)
    return whole
  }
  return {
    layout,
    store,
    logins: [operatorLogin, readerLogin],
    keyOf,
    deploy,
    writeVariables: async (variables) => {
      await put(layout.root, '')
      await put(layout.variables, JSON.stringify({ variables, hosts } satisfies VariablesNode))
    },
    status: async (scope, service, command) => {
      const path = layout.statusOf(scope, service, command)
      const node = await store.read(path)
      const parsed = node && parseStatusNode(node.data, path)
      return parsed && 'value' in parsed ? parsed.value : undefined
    },
    close: () => store.close(),
  }
}

async function putNode(
  store: ConfigStore,
  path: string,
  node: { readonly data: string; readonly acl: Acl },
): Promise<void> {
  try {
    await store.create(path, node.data, { acl: node.acl })
  } catch (error) {
    if (!(error instanceof NodeExistsError)) throw error
    if ((await store.read(path))?.data !== node.data) await store.set(path, node.data)
  }
}
