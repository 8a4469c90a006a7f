import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { shareConnections } from '../../src/cli/share-connections.ts'
import type { Connection, ExecResult, Transport } from '../../src/connection/types.ts'
import { UnreachableError } from '../../src/kernel/errors.ts'
import { rejects } from '../support/rejects.ts'

const host = { name: 'h1', groups: [], vars: {} }

/** Counts its connections; each runs what `exec` says. */
function countingTransport(exec: () => Promise<ExecResult>): Transport & { readonly dials: () => number } {
  let dials = 0
  const connect = async (): Promise<Connection> => {
    dials++
    return {
      host: 'h1',
      exec,
      upload: () => Promise.resolve(),
      download: () => Promise.resolve(Buffer.alloc(0)),
      close: () => Promise.reject(new Error('a shared connection is closed by the transport alone')),
    }
  }
  return { connect, close: () => Promise.resolve(), dials: () => dials }
}

const well: ExecResult = { exitCode: 0, stdout: '', stderr: '' }

test('all phases of a run share one connection per host, at the same time and after each other', async () => {
  const counting = countingTransport(() => Promise.resolve(well))
  const shared = shareConnections(counting)
  await Promise.all([shared.connect(host), shared.connect(host)])
  const connection = await shared.connect(host)
  await connection.close()
  await (await shared.connect(host)).exec(['true'])
  assert.is(counting.dials(), 1)
})

test('a connection that was lost is dialled anew', async () => {
  const counting = countingTransport(() => Promise.reject(new UnreachableError('lost')))
  const shared = shareConnections(counting)
  await rejects((await shared.connect(host)).exec(['true']), /lost/)
  await shared.connect(host)
  assert.is(counting.dials(), 2)
})

test('a dial that failed is tried again', async () => {
  let dials = 0
  const connect = (): Promise<Connection> => {
    dials++
    return Promise.reject(new UnreachableError('refused'))
  }
  const shared = shareConnections({ connect, close: () => Promise.resolve() })
  await rejects(shared.connect(host), /refused/)
  await rejects(shared.connect(host), /refused/)
  assert.is(dials, 2)
})

test.run()
