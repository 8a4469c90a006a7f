/** Reads SSH's own encoding (RFC 4251): strings with their length before them. Undefined once something does not fit. */
export class BlobReader {
  readonly #blob: Buffer
  #at = 0

  constructor(blob: Buffer) {
    this.#blob = blob
  }

  get position(): number {
    return this.#at
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#blob.length
  }

  string(): Buffer | undefined {
    const length = this.uint32()
    if (length === undefined || length > this.#blob.length - this.#at) return undefined
    this.#at += length
    return this.#blob.subarray(this.#at - length, this.#at)
  }

  text(): string | undefined {
    return this.string()?.toString('utf8')
  }

  uint32(): number | undefined {
    if (this.#blob.length - this.#at < 4) return undefined
    this.#at += 4
    return this.#blob.readUInt32BE(this.#at - 4)
  }

  uint64(): bigint | undefined {
    if (this.#blob.length - this.#at < 8) return undefined
    this.#at += 8
    return this.#blob.readBigUInt64BE(this.#at - 8)
  }
}

/** One string with its length before it. */
export function blobString(content: Buffer | string): Buffer {
  const bytes = Buffer.from(content as string)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}
