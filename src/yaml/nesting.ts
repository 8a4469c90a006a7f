import { Parser, type CST } from 'yaml'

/** The library calls itself for each level; near the end of the stack even Node itself gives up. */
export const deepestLevel = 500

/** Whether lists and mappings stand deeper inside of each other than any configuration needs. Nothing here calls itself. */
export function isNestedTooDeep(text: string): boolean {
  if (mostLevels(text) <= deepestLevel) return false
  for (const token of new Parser().parse(text)) if (depthOf(token) > deepestLevel) return true
  return false
}

/** More than there can be: each level of blocks takes a column at least, each one of brackets a bracket. */
function mostLevels(text: string): number {
  let levels = 0
  for (const found of text.matchAll(/^(?:[ \t]|[-?:](?=[ \t]))+/gm))
    levels = Math.max(levels, found[0].length)
  return levels + text.split(/[[{]/).length - 1
}

function depthOf(root: CST.Token): number {
  const waiting: { readonly token: CST.Token; readonly level: number }[] = [{ token: root, level: 0 }]
  let deepest = 0
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { token, level } = next
    deepest = Math.max(deepest, level)
    if (deepest > deepestLevel) return deepest
    for (const child of childrenOf(token)) waiting.push({ token: child, level: level + 1 })
  }
  return deepest
}

function childrenOf(token: CST.Token): readonly CST.Token[] {
  if (token.type === 'document') return token.value ? [token.value] : []
  if (!('items' in token)) return []
  return token.items.flatMap(({ key, value }) =>
    [key, value].filter((each) => each !== undefined && each !== null),
  )
}
