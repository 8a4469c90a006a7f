import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Vars } from '../../src/inventory/types.ts'
import { compose } from '../../src/services/compose.ts'
import { olderInstances, olderText } from '../../src/services/older-config.ts'
import { progressOf } from '../../src/services/progress.ts'
import type { BuiltService } from '../../src/services/types.ts'
import type { RegistryNode } from '../../src/start-spec/types.ts'
import { roleSource, sampleInventory, smallService, sourcesOf } from './sample-site.ts'

interface Sample {
  readonly text?: string
  readonly vars?: Vars
  readonly fingerprint?: string
}

const service = smallService(
  'app',
  `    secrets: [app_password]
    files:
      - { source: app.conf.ejs, dest: /etc/app.conf }
`,
)

function built({ text = '<%= greeting %>', vars = {}, fingerprint = 'one' }: Sample = {}): BuiltService {
  const { services } = compose({
    inventory: sampleInventory({ vars: { greeting: 'hello', other: 1, rare: 'a', ...vars } }),
    sources: sourcesOf(roleSource('app', service, { templates: { 'app.conf.ejs': text } })),
    deployment: 'test',
    fingerprint: (name) => `${name} ${fingerprint}`,
  })
  return services.get('app') as BuiltService
}

const configOf = (sample?: Sample): string | undefined => built(sample).spec.config

test('the name of a configuration changes with its texts, the variables that they use and its secrets', () => {
  const before = configOf()
  assert.match(before ?? '', /^[0-9a-f]{64}$/)
  assert.is(configOf(), before)
  assert.is.not(configOf({ text: 'x <%= greeting %>' }), before)
  assert.is.not(configOf({ vars: { greeting: 'bye' } }), before)
  assert.is.not(configOf({ fingerprint: 'two' }), before)
})

test('a variable that no text names does not change it; one in a branch that is not taken here does', () => {
  assert.is(configOf({ vars: { other: 2 } }), configOf())
  const text = `other\n<% if (self.host === 'h1') {\nrare\n} %>`
  assert.is.not(configOf({ text, vars: { rare: 'b' } }), configOf({ text }))
  assert.is(configOf({ text, vars: { other: 2 } }), configOf({ text }))
})

const since = '2026-01-01T00:00:00Z'
const node = (more: Partial<RegistryNode> = {}): RegistryNode => {
  return { host: 'h1', address: '10.0.0.1', ports: {}, incarnation: 'x', since, ...more }
}

test('an instance with an older configuration is registered, but not ready', () => {
  const { spec } = built()
  const config = spec.config as string
  const progress = (...nodes: readonly RegistryNode[]): ReturnType<typeof progressOf> => {
    const instances = new Map([['app', new Map(nodes.map((each, at) => [`app.${at}`, each] as const))]])
    const state = { specs: new Map([['app', spec]]), registry: new Map([['app', nodes]]), instances }
    return progressOf({ spec, instances: 2 }, { ...state, status: new Map(), waiting: new Map() })
  }
  const older = progress(
    node({ config }),
    node({ config: '0'.repeat(64), configSince: '2026-01-02T00:00:00Z' }),
  )
  assert.is(older.ready, false)
  assert.is(older.registered, 1)
  assert.is(older.current?.state, 'outdated')
  assert.is(older.current?.detail, 'running an older configuration since 2026-01-02T00:00:00Z')
  assert.is(progress(node({ config }), node()).ready, false)
  const both = progress(node({ config }), node({ config }))
  assert.is(both.ready, true)
  assert.is(both.current, undefined)
})

test('why a daemon has not taken up the newest one is told; without a name nobody is older', () => {
  const { spec } = built()
  const instances = new Map([['app.1', node({ note: 'cannot be used: no secret "x"' })]])
  assert.is(
    olderText(olderInstances(spec, instances)),
    `running an older configuration since ${since}: cannot be used: no secret "x"`,
  )
  const { config: _, ...unnamed } = spec
  assert.equal(olderInstances(unnamed, instances), [])
})

test.run()
