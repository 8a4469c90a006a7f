import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeRecords, encodeRecord } from './record-io.ts'

const test = suite('RecordIO')
const records = [{ type: 'HEARTBEAT' }, { text: 'Grüße\n12\n{}' }, [], 'x', { deep: { list: [1, 2, 3] } }]

async function* inPiecesOf(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size)
    yield await Promise.resolve(bytes.subarray(at, Math.min(at + size, bytes.length)))
}

async function decoded(bytes: Buffer, size: number): Promise<readonly unknown[]> {
  const found: unknown[] = []
  for await (const record of decodeRecords(inPiecesOf(bytes, size))) found.push(record)
  return found
}

test('the length is counted in bytes', () => {
  assert.is(encodeRecord('ü'), '4\n"ü"')
})

test('records come out whole, however the stream was cut', async () => {
  const bytes = Buffer.from(records.map(encodeRecord).join(''))
  for (let size = 1; size <= bytes.length; size++) assert.equal(await decoded(bytes, size), records)
})

test('the beginning of a record is held back', async () => {
  const bytes = Buffer.from(`${encodeRecord(records[0])}${encodeRecord(records[1])}`)
  assert.equal(await decoded(bytes.subarray(0, bytes.length - 1), 7), [records[0]])
})

test.run()
