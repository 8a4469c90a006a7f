import { isDeepStrictEqual } from 'node:util'

/** As Python compares: true is 1. */
export function isSame(a: unknown, b: unknown): boolean {
  const plain = (value: unknown): unknown => (typeof value === 'boolean' ? Number(value) : value)
  return isDeepStrictEqual(plain(a), plain(b))
}
