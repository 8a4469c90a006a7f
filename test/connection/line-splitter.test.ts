import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { LineSplitter } from '../../src/connection/line-splitter.ts'

function linesOf(bytes: Buffer, size: number): readonly string[] {
  const lines: string[] = []
  const splitter = new LineSplitter((line) => lines.push(line))
  for (let at = 0; at < bytes.length; at += size) splitter.push(bytes.subarray(at, at + size))
  splitter.end()
  return lines
}

test('lines are the same however the bytes are cut', () => {
  const bytes = Buffer.from('ümläut €\r\n\n\u0000nul\n10%\r20%\r100%\r\nno end')
  for (let size = 1; size <= bytes.length; size++)
    assert.equal(linesOf(bytes, size), ['ümläut €', '', '\u0000nul', '10%\r20%\r100%', 'no end'])
})

test('bytes that are no UTF-8 spoil nothing but themselves', () => {
  assert.equal(linesOf(Buffer.from([0x61, 0xff, 0x0a, 0xe2, 0x82]), 1), ['a\ufffd', '\ufffd'])
})

test('a line of 64 MB in small chunks is told once and whole', () => {
  const [line, ...rest] = linesOf(Buffer.alloc(64_000_000, 'x'), 8192)
  assert.equal([line?.length, rest], [64_000_000, []])
})

test.run()
