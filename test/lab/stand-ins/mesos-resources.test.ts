import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Resources } from '../../../src/engine/types.ts'
import { fromMesos, minus, nothing, plus, shown, toMesos } from './mesos-resources.ts'

const test = suite('resources in the form of Mesos')
const port = (first: number, last = first): Resources['ports'][number] => ({ first, last })
const slave: Resources = { cpus: 2, mem: 4096, disk: 100, gpus: 0, ports: [port(80), port(31_000, 32_000)] }

test('there and back again; what there is nothing of is left out', () => {
  assert.equal(
    toMesos(slave).map(({ name }) => name),
    ['cpus', 'mem', 'disk', 'ports'],
  )
  assert.equal(fromMesos(toMesos(slave)), slave)
  assert.equal(toMesos(nothing), [])
  assert.equal(fromMesos([]), nothing)
})

test('what tasks have is missing from what is left', () => {
  const tasks: readonly Resources[] = [
    { cpus: 0.1, mem: 96, disk: 0, gpus: 0, ports: [port(31_000), port(31_500, 31_501)] },
    { cpus: 0.2, mem: 1000, disk: 0, gpus: 0, ports: [port(80)] },
  ]
  assert.equal(minus(slave, tasks), {
    ...{ cpus: 1.7, mem: 3000, disk: 100, gpus: 0 },
    ports: [port(31_001, 31_499), port(31_502, 32_000)],
  })
})

test('ports that reach beyond a range take what is inside of it', () => {
  const left = (taken: Resources['ports'][number]): Resources['ports'] =>
    minus(slave, [{ ...nothing, ports: [taken] }]).ports
  assert.equal(left(port(1, 31_010)), [port(31_011, 32_000)])
  assert.equal(left(port(31_990, 40_000)), [port(80), port(31_000, 31_989)])
  assert.equal(left(port(8000)), slave.ports)
  assert.equal(left(port(1, 65_535)), [])
})

test('nothing is ever less than nothing', () => {
  assert.is(minus({ ...nothing, cpus: 1 }, [{ ...nothing, cpus: 3 }]).cpus, 0)
})

test('sums, and how a master shows them', () => {
  const sum = plus([slave, { ...nothing, cpus: 1, ports: [port(81)] }])
  assert.is(sum.cpus, 3)
  assert.is(shown(sum)['ports'], '[80-80, 31000-32000, 81-81]')
  assert.not('ports' in shown(nothing))
})

test.run()
