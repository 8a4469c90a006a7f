import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { localConnection } from '../../src/connection/local-connection.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { parseProbe, type MemberReport } from '../../src/quorum/parse-probe.ts'
import { probeScript, type MemberPlace } from '../../src/quorum/probe-script.ts'
import { eventually } from '../support/eventually.ts'
import { startEnsemble, type TestEnsemble } from '../support/zookeeper-ensemble.ts'

/** The program that asks for members, against three real ZooKeepers of this machine; it may have Docker or not, none of it is theirs. */
const test = suite('members of an ensemble')
let ensemble: TestEnsemble

test.before(async () => {
  ensemble = await startEnsemble()
})
test.after(() => ensemble.close())

function placeOf(index: number): MemberPlace {
  const [address = '', port = ''] = (ensemble.servers[index] ?? '').split(':')
  const component = 'zookeeper'
  return { component, container: 'kmesos-none-such', address, port: Number(port), dataDirs: [] }
}

async function look(index: number): Promise<MemberReport> {
  const connection = localConnection('here', { clock: systemClock, becomeTimeoutMs: 5_000 })
  const place = placeOf(index)
  const { stdout, exitCode } = await connection.exec(['sh', '-s'], { stdin: probeScript(place) })
  assert.is(exitCode, 0)
  return parseProbe(stdout, place)
}

const all = (): Promise<readonly MemberReport[]> => Promise.all([0, 1, 2].map(look))

test('one leads, the others are in sync, by their own word', async () => {
  const reports = await all()
  assert.equal(reports.map((report) => report.state).sort(), ['in-sync', 'in-sync', 'leader'])
  for (const report of reports) assert.is(report.hasData, true)
})

test('a frozen leader does not answer; another one leads, and it is in sync again when it is back', async () => {
  const leader = (await all()).findIndex((report) => report.state === 'leader')
  ensemble.freeze(leader)
  const others = [0, 1, 2].filter((index) => index !== leader)
  const leads = async (index: number): Promise<boolean> => (await look(index)).state === 'leader'
  await eventually(async () => (await leads(others[0] ?? 0)) || (await leads(others[1] ?? 0)), 60_000)
  const frozen = await look(leader)
  assert.ok(['absent', 'unreachable'].includes(frozen.state), frozen.state)
  ensemble.thaw(leader)
  await eventually(async () => (await look(leader)).state === 'in-sync', 60_000)
})

test.run()
