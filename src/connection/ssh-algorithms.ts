import { matchesGlob } from './ssh-patterns.ts'

/**
 * A list of algorithms as ssh_config writes it: `+a,b` adds to the defaults, `-a*` takes away, `^a` puts first, anything else
 * replaces. Names may be patterns; what is not among `supported` is dropped. Empty when nothing is left.
 */
export function assembleAlgorithms(
  option: string | undefined,
  defaults: readonly string[],
  supported: readonly string[],
): readonly string[] {
  if (option === undefined || option === '') return defaults
  const names = option.replace(/^[+\-^]/, '').split(',')
  if (option.startsWith('-')) return defaults.filter((name) => !names.some((each) => matchesGlob(name, each)))
  const wanted = option.startsWith('+')
    ? [...defaults, ...names]
    : option.startsWith('^')
      ? [...names, ...defaults]
      : names
  const found = new Set<string>()
  for (const each of wanted) {
    for (const name of supported) if (matchesGlob(name, each)) found.add(name)
  }
  return [...found]
}
