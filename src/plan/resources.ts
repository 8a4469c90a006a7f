/**
 * Resource keys say what an observation looked at and what a change touches: `path:/etc/x`, `path:/srv/**` (and all
 * below), `container:zookeeper`, `image:…`, `user:…`, `net` (answers of other machines), `*` (anything).
 * An observation made before a change still holds when no key of both meets.
 */
export function meets(reads: readonly string[], touches: readonly string[]): boolean {
  return touches.some((touched) => reads.some((read) => keysMeet(read, touched)))
}

/** Touched keys of many changes: asked in about the time of one look-up each, however many they are. */
export class TouchedKeys {
  readonly #exact = new Set<string>()
  readonly #wide = new Set<string>()

  add(touches: readonly string[]): void {
    for (const key of touches) (key === '*' || key.endsWith('**') ? this.#wide : this.#exact).add(key)
  }

  get isEmpty(): boolean {
    return this.#exact.size === 0 && this.#wide.size === 0
  }

  meets(reads: readonly string[]): boolean {
    return reads.some((read) => this.#meetsOne(read))
  }

  #meetsOne(read: string): boolean {
    if (this.#exact.has(read)) return true
    for (const wide of this.#wide) if (keysMeet(read, wide)) return true
    if (read !== '*' && !read.endsWith('**')) return false
    for (const key of this.#exact) if (keysMeet(read, key)) return true
    return false
  }
}

function keysMeet(read: string, touched: string): boolean {
  if (touched === '*' || read === '*' || read === touched) return true
  return covers(touched, read) || covers(read, touched)
}

/** `path:/srv/**` covers `path:/srv` and everything below it; `user:**` covers every user. */
function covers(wide: string, narrow: string): boolean {
  if (!wide.endsWith('**')) return false
  const stem = wide.slice(0, -2)
  return narrow.startsWith(stem) || narrow === stem.replace(/\/$/, '')
}

export function pathKey(path: string): string {
  return `path:${path.length > 1 ? path.replace(/\/+$/, '') : path}`
}

export function treeKey(path: string): string {
  return `${pathKey(path)}/**`
}
