/** A shell pattern (`*`, `?`, `[abc]`, `[!a-c]`) as Python's fnmatch reads it: the whole text must match. */
export function globToRegExp(glob: string): RegExp {
  let source = ''
  for (let at = 0; at < glob.length; at++) {
    const letter = glob.charAt(at)
    const set = letter === '[' ? /^\[(!?)(\][^\]]*|[^\]]+)\]/.exec(glob.slice(at)) : null
    if (letter === '*') source += '.*'
    else if (letter === '?') source += '.'
    else if (set) {
      source += `[${set[1] === '!' ? '^' : ''}${(set[2] ?? '').replace(/[\\\][^]/g, '\\$&')}]`
      at += set[0].length - 1
    } else source += letter.replace(/[.+^${}()|[\]\\]/g, '\\$&')
  }
  return new RegExp(`^(?:${source})$`, 's')
}
