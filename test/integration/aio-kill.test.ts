import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { changedBy, openDeployLab, type DeployLab, type KmesosEnd } from './deploy-rig.ts'
import { testSeed } from '../support/fuzz-seed.ts'

/**
 * kmesos is killed at twenty moments of a bootstrap and of a deploy; the same command, run again, must converge, and a
 * third run must find nothing to do. Moments are spread over the measured length of an undisturbed run, each at random
 * within its twentieth; KMESOS_SEED repeats a run's moments.
 */
const test = suite('kmesos killed at any moment')
const moments = 20

let rig: DeployLab

test.before(async () => {
  rig = await openDeployLab('kill', 41)
})

test.after(async () => {
  await rig.close()
})

/** mulberry32: small, and the same numbers for the same seed everywhere. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

async function timed(words: readonly string[]): Promise<number> {
  const started = Date.now()
  assertWell(await rig.kmesos(words), words.join(' '))
  return Date.now() - started
}

function assertWell(end: KmesosEnd, when: string): void {
  assert.is(end.code, 0, `${when}:\n${end.stdout.slice(-4000)}\n${end.stderr}`)
}

interface KillPlan {
  readonly words: readonly string[]
  /** Puts the host back to where an undisturbed run starts. */
  readonly reset: () => Promise<void>
  readonly seed: number
}

/** Kills at each moment, runs again, and a third time. Gives the moments, in ms after the start. */
async function killEverywhere({ words, reset, seed }: KillPlan): Promise<readonly number[]> {
  await reset()
  const lengthMs = await timed(words)
  const random = randomFrom(seed)
  const killed: number[] = []
  for (let index = 0; index < moments; index++) {
    const killAfterMs = await killAt(((index + random()) / moments) * lengthMs, { words, reset })
    killed.push(killAfterMs)
    const when = `${words[0]} again after a kill at ${killAfterMs} of ${lengthMs} ms (seed ${seed})`
    assertWell(await rig.kmesos(words), when)
    const third = await rig.kmesos(words)
    assertWell(third, `a third time, ${when}`)
    assert.not.ok(changedBy(third), `nothing left to do, ${when}: ${third.stdout}`)
    assert.is(await leftovers(), '', `no half-written files, ${when}`)
  }
  return killed
}

/** Kills a run after so many milliseconds; where it was quicker and ended by itself, sooner. Gives the time that hit. */
async function killAt(
  wantedMs: number,
  { words, reset }: Pick<KillPlan, 'words' | 'reset'>,
): Promise<number> {
  for (let killAfterMs = Math.round(wantedMs); ; killAfterMs = Math.round(killAfterMs * 0.7)) {
    await reset()
    const end = await rig.kmesos(words, { killAfterMs })
    if (end.code === undefined) return killAfterMs
  }
}

/** Temporary names that a cut-off step would have left. */
async function leftovers(): Promise<string> {
  const find = `find /opt/kmesos /etc/kmesos /var/lib/kmesos -xdev \\( -name '*.tmp' -o -name '*.new' -o -name '.kmesos*' \\) 2>/dev/null | grep -v /sandboxes/ || :`
  return (await rig.lab.sh(rig.host, ['sh', '-c', find])).stdout.trim()
}

async function emptyHost(): Promise<void> {
  const wipe =
    'docker ps -aq | xargs -r docker rm -f >/dev/null; rm -rf /var/lib/kmesos /opt/kmesos /etc/kmesos'
  await rig.lab.sh(rig.host, ['sh', '-c', wipe])
}

function seedOf(): number {
  const seed = testSeed()
  console.log(`SEED ${seed} (KMESOS_SEED=${seed} repeats it)`)
  return seed
}

test('bootstrap converges after a kill at any of twenty moments', async () => {
  const killed = await killEverywhere({ words: ['bootstrap'], reset: emptyHost, seed: seedOf() })
  console.log(`NOTE bootstrap was killed after ${killed.join(', ')} ms`)
  assert.is(killed.length, moments)
})

test('deploy converges after a kill at any of twenty moments', async () => {
  assertWell(await rig.kmesos(['password', 'init']), 'password init')
  // Two services are enough: what is killed is kmesos, and it is done long before Keystone's Python has started.
  const words = ['deploy', 'mariadb', 'memcached']
  const reset = async (): Promise<void> =>
    assertWell(await rig.kmesos(['destroy', '--yes', '--volumes']), 'destroy')
  const killed = await killEverywhere({ words, reset, seed: seedOf() })
  console.log(`NOTE deploy was killed after ${killed.join(', ')} ms`)
  assert.is(killed.length, moments)
})

test('the whole profile still comes up on what the kills have left', async () => {
  assertWell(await rig.kmesos(['deploy', '--profile', 'minimal']), 'deploy')
  assert.not.ok(changedBy(await rig.kmesos(['deploy', '--profile', 'minimal'])))
})

test.run()
