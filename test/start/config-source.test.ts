import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ConfigSource } from '../../src/start/config-source.ts'
import { loginsOf } from '../../src/start/build-container.ts'
import type { ConfigStore } from '../../src/zookeeper/types.ts'
import { eventually } from '../support/eventually.ts'
import { createMemoryLab } from '../support/memory-container.ts'
import { daemonSpec } from '../support/start-specs.ts'

/** A store whose watch on this path is late for ever: it tells the first state only. */
function withLateWatch(store: ConfigStore, late: string): ConfigStore {
  const watch: ConfigStore['watch'] = (path, listener, options) => {
    let told = false
    const once: typeof listener = (node) => {
      if (!told) listener(node)
      told = true
    }
    store.watch(path, path === late ? once : listener, options)
  }
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'watch') return watch
      const member: unknown = Reflect.get(target, name, target)
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })
}

for (const kind of ['secrets', 'variables'] as const) {
  test(`a new spec is never joined with the ${kind} of the one before it`, async () => {
    const lab = await createMemoryLab()
    const { deployment } = lab
    const { layout } = deployment
    await deployment.deploy(daemonSpec('app', { config: '1'.repeat(64) }), { secrets: { word: 'one' } })
    const key = deployment.keyOf('app')
    const late = kind === 'secrets' ? layout.serviceSecrets('app') : layout.variables
    const store = withLateWatch(lab.zookeeper.connect(loginsOf(key)), late)
    const stop = new AbortController()
    const source = new ConfigSource(store, { layout, key, signal: stop.signal })
    await eventually(() => source.current?.spec.config === '1'.repeat(64))

    await deployment.writeVariables({ greeting: 'bye' })
    await deployment.deploy(daemonSpec('app', { config: '2'.repeat(64) }), { secrets: { word: 'two' } })
    await eventually(() => source.current?.spec.config === '2'.repeat(64))
    assert.equal(source.current?.secrets, { word: 'two' })
    assert.equal(source.current?.variables.variables, { greeting: 'bye' })
    stop.abort()
  })
}

test.run()
