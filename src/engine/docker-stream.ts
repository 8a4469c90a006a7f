import type { Readable } from 'node:stream'

export interface StreamPart {
  readonly stream: 'stdout' | 'stderr'
  readonly bytes: Buffer
}

// Docker's frame head: stream (1 = stdout, 2 = stderr), three zero bytes, length in four bytes, big endian.
const headBytes = 8

/** The parts of Docker's multiplexed stream; with `raw` (a container with a terminal) everything is stdout. */
export async function* demultiplex(source: Readable, raw: boolean): AsyncGenerator<StreamPart> {
  let rest = Buffer.alloc(0)
  for await (const chunk of source) {
    if (raw) {
      yield { stream: 'stdout', bytes: chunk as Buffer }
      continue
    }
    rest = Buffer.concat([rest, chunk as Buffer])
    while (rest.length >= headBytes) {
      const length = rest.readUInt32BE(4)
      if (rest.length < headBytes + length) break
      const stream = rest[0] === 2 ? 'stderr' : 'stdout'
      yield { stream, bytes: rest.subarray(headBytes, headBytes + length) }
      rest = rest.subarray(headBytes + length)
    }
  }
}

/** The objects of a stream of JSON lines. A torn last line is left out. */
export async function* jsonLines(source: Readable): AsyncGenerator<unknown> {
  let rest = ''
  for await (const chunk of source) {
    rest += (chunk as Buffer).toString('utf8')
    const lines = rest.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line)
  }
}
