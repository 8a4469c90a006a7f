import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { durationMs, marathonFlags, mesosFlags, needed } from './flags.ts'

/** Words and variables of the stand-ins are read as strictly as Mesos and Marathon read theirs. */
const test = suite('flags of the stand-ins')
const known = ['zk', 'quorum', 'work_dir', 'hostname_lookup']

test('Mesos: words beat the environment; variables that are unknown do not matter', () => {
  const env = { MESOS_QUORUM: '1', MESOS_WORK_DIR: '/var/lib/mesos', MESOS_NATIVE_JAVA_LIBRARY: '/x.so' }
  assert.equal(mesosFlags(known, ['--quorum=2'], env), { quorum: '2', work_dir: '/var/lib/mesos' })
})

test('Mesos: switches have two forms, values may hold "="', () => {
  assert.equal(mesosFlags(known, ['--no-hostname_lookup', '--zk=zk://a=b@h:1/m'], {}), {
    hostname_lookup: 'false',
    zk: 'zk://a=b@h:1/m',
  })
  assert.is(mesosFlags(known, ['--hostname_lookup'], {})['hostname_lookup'], 'true')
})

test('Mesos: refuses unknown flags, and a value as a word of its own', () => {
  assert.throws(() => mesosFlags(known, ['--quorums=2'], {}), /Failed to load unknown flag 'quorums'/)
  assert.throws(() => mesosFlags(known, ['--quorum', '2'], {}), /Failed to parse "2"/)
})

test('Mesos: a value may be the content of a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stand-in-flags-'))
  try {
    await writeFile(join(folder, 'zk'), 'zk://h:2181/mesos\n')
    assert.is(mesosFlags(known, [`--zk=file://${folder}/zk`], {})['zk'], 'zk://h:2181/mesos')
  } finally {
    await rm(folder, { recursive: true })
  }
})

const words = { values: ['master', 'zk', 'hostname'], switches: ['disable_http'] }

test('Marathon: flag and value are two words, variables are flags, those of tasks are none', () => {
  const env = { MARATHON_HOSTNAME: 'h1', MARATHON_APP_ID: '/marathon', PATH: '/bin' }
  assert.equal(marathonFlags(words, ['--master', 'zk://h:1/mesos', '--disable_http'], env), {
    master: 'zk://h:1/mesos',
    disable_http: '',
    hostname: 'h1',
  })
})

test('Marathon: refuses what it does not know, what stands twice and what has no value', () => {
  const refused = (argv: readonly string[], env: Readonly<Record<string, string>>, reason: RegExp): void =>
    assert.throws(() => marathonFlags(words, argv, env), reason)
  refused(['--masters', 'x'], {}, /Unknown option 'masters'/)
  refused(['--master=x'], {}, /Unknown option 'master=x'/)
  refused([], { MARATHON_MASTERS: 'x' }, /Unknown option 'masters'/)
  refused(['--zk', 'a'], { MARATHON_ZK: 'b' }, /Option 'zk' was given twice/)
  refused(['--zk', '--disable_http'], {}, /You should provide parameter for 'zk'/)
  refused(['zk'], {}, /Excess arguments provided: 'zk'/)
})

test('durations have a unit', () => {
  assert.equal(
    ['15secs', '5mins', '1hrs', '250ms', '1.5secs'].map(durationMs),
    [15_000, 300_000, 3_600_000, 250, 1500],
  )
  assert.throws(() => durationMs('15s'), /"15s" is not a duration like 15secs/)
})

test('a flag that must be there is there and not empty', () => {
  assert.is(needed({ zk: 'x' }, 'zk'), 'x')
  for (const flags of [{}, { zk: '' }]) assert.throws(() => needed(flags, 'zk'), /Flag 'zk' is required/)
})

test.run()
