import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { choosePorts } from '../../src/engine/host-ports.ts'
import { newInstance } from '../../src/engine/instance.ts'
import type { Instance } from '../../src/engine/types.ts'
import { beginRestart, nextMove } from '../../src/engine/upgrade.ts'
import { normalizeApp } from '../../src/marathon/normalize-app.ts'
import type { StoredApp } from '../../src/marathon/types.ts'

const time = '2026-01-01T00:00:00.000Z'

function stored(more: object): StoredApp {
  const app = normalizeApp({ id: '/web', cmd: 'run it', ...more })
  return { ...app, version: time, versionInfo: { lastScalingAt: time, lastConfigChangeAt: time } }
}

function running(app: StoredApp, count: number): Instance[] {
  return Array.from({ length: count }, () => ({
    ...newInstance(app, 0),
    condition: 'Running' as const,
    startedAt: time,
  }))
}

/** Plays a whole replacement, each move done at once; the number of old and of new ones after each. */
function play(instances: number, minimumHealthCapacity: number, maximumOverCapacity: number): string[] {
  const app = stored({ instances, upgradeStrategy: { minimumHealthCapacity, maximumOverCapacity } })
  let [old, fresh] = [running(app, instances), [] as Instance[]]
  const begin = beginRestart(app, old)
  const steps: string[] = []
  for (let guard = 0; guard < 50; guard++) {
    const move = nextMove(app, begin, old, fresh)
    if (move.done) return steps
    const killed = new Set(move.kill.map((instance) => instance.id))
    old = old.filter((instance) => !killed.has(instance.id))
    fresh = [...fresh, ...running(app, move.start)]
    steps.push(`${old.length}+${fresh.length}`)
  }
  return [...steps, 'never done']
}

test('1/1 doubles, then ends the old ones', () => assert.equal(play(3, 1, 1), ['3+3', '0+3']))
test('0/0 ends all at once, then starts all', () => assert.equal(play(3, 0, 0), ['0+0', '0+3']))
test('0.5/0 goes half by half', () => assert.equal(play(4, 0.5, 0), ['2+0', '2+2', '0+2', '0+4']))
test('1/0 takes one more at a time, since nothing could move otherwise', () =>
  assert.equal(play(2, 1, 0), ['2+1', '1+1', '1+2', '0+2']))
test('one instance with 1/1 starts the new one first', () => assert.equal(play(1, 1, 1), ['1+1', '0+1']))
test('no instance at all is done at once', () => assert.equal(play(0, 1, 1), []))

test('the unhealthy go first', () => {
  const app = stored({
    instances: 2,
    upgradeStrategy: { minimumHealthCapacity: 0.5, maximumOverCapacity: 0 },
  })
  const [well, sick] = running(app, 2) as [Instance, Instance]
  const ill: Instance = { ...sick, health: [{ alive: false, consecutiveFailures: 1 }] }
  const move = nextMove(app, beginRestart(app, [well, ill]), [well, ill], [])
  assert.equal(
    move.kill.map((instance) => instance.id),
    [ill.id],
  )
})

const ranges = [{ first: 1000, last: 31_002 }]

test('host ports are taken from 31000 on; the lower ones only when nothing else is left', () => {
  const app = stored({ portDefinitions: [{ port: 0 }, { port: 0 }] })
  assert.equal(choosePorts(app, ranges, new Set()), [31_000, 31_001])
  assert.equal(choosePorts(app, ranges, new Set([31_000, 31_001])), [31_002, 1000])
  assert.is(choosePorts(app, [{ first: 31_000, last: 31_000 }], new Set()), undefined)
})

test('a fixed port must be offered and free; beside it an any-port takes another', () => {
  const app = stored({ portDefinitions: [{ port: 5000 }], requirePorts: true })
  assert.equal(choosePorts(app, ranges, new Set()), [5000])
  assert.is(choosePorts(app, ranges, new Set([5000])), undefined)
  assert.is(
    choosePorts(stored({ portDefinitions: [{ port: 80 }], requirePorts: true }), ranges, new Set()),
    undefined,
  )
  const mixed = stored({
    networks: [{ mode: 'container/bridge' }],
    container: {
      docker: { image: 'x' },
      portMappings: [
        { containerPort: 1, hostPort: 0 },
        { containerPort: 2, hostPort: 31_000 },
      ],
    },
  })
  assert.equal(choosePorts(mixed, ranges, new Set()), [31_001, 31_000])
})

test.run()
