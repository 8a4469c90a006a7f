import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseAttributes, parseResources } from '../../src/engine/agent-options.ts'
import { engineMain, engineOptions } from '../../src/engine/engine-main.ts'
import { rejects } from '../support/rejects.ts'

test('attributes and resources are read in Mesos’ form', () => {
  assert.equal(parseAttributes('controller:true; rack:a:b'), { controller: 'true', rack: 'a:b' })
  assert.equal(parseResources('cpus(*):4;mem:8192;ports:[1-32000, 40000]'), {
    cpus: 4,
    mem: 8192,
    ports: [
      { first: 1, last: 32_000 },
      { first: 40_000, last: 40_000 },
    ],
  })
  assert.throws(() => parseAttributes('controller'), /"controller" is not name:value/)
  assert.throws(() => parseResources('cpu:4'), /unknown resource "cpu"/)
  assert.throws(() => parseResources('mem:much'), /resource mem: "much" is not a number/)
  assert.throws(() => parseResources('ports:[9-1]'), /not a range of ports/)
})

test('words become options; those not given are left to the engine', async () => {
  const options = await engineOptions([
    '--port',
    '8081',
    '--attributes',
    'a:b',
    '--docker-socket',
    '/x',
    '--service-ports',
    '100-200',
  ])
  assert.equal(options, {
    port: 8081,
    attributes: { a: 'b' },
    dockerSocket: '/x',
    servicePorts: { first: 100, last: 200 },
  })
  assert.is(await engineOptions(['--help']), undefined)
  await rejects(engineOptions(['--port', 'many']), /--port: "many" is not a port/)
  await rejects(engineOptions(['--nope']), /--nope/)
})

test('credentials come from a file and print as stars', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kmesos-credentials-'))
  const path = join(directory, 'credentials')
  await writeFile(path, 'op:ge:heim\n')
  const options = await engineOptions(['--credentials-file', path])
  assert.equal([options?.credentials?.user, options?.credentials?.password.reveal()], ['op', 'ge:heim'])
  assert.not.match(JSON.stringify(options), 'heim')
  await writeFile(path, 'nothing')
  await rejects(engineOptions(['--credentials-file', path]), /must hold user:password/)
  await rm(directory, { recursive: true })
})

test('a wrong word ends the program with 2 and the way out', async () => {
  let text = ''
  const code = await engineMain(['--nope'], {
    write: (more) => void (text += more),
    stopped: async () => undefined,
  })
  assert.is(code, 2)
  assert.match(text, /hint: see kmesos engine --help/)
})

test.run()
