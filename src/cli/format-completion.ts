import type { Verb } from './verb.ts'

/** A bash script that completes verbs, options and the values that an option may have. */
export function formatCompletion(verbs: readonly Verb[]): string {
  const firsts = [...new Set(verbs.map((verb) => verb.name.split(' ')[0] ?? ''))]
  return `_kmesos() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} verb=\${COMP_WORDS[1]}
  case $before in
${choiceCases(verbs).join('\n')}
  esac
  if [[ $COMP_CWORD == 1 ]]; then COMPREPLY=($(compgen -W "${firsts.join(' ')} help version" -- "$word")); return; fi
  case $verb in
${firsts.map((first) => verbCase(first, verbs)).join('\n')}
  esac
}
complete -o default -F _kmesos kmesos
`
}

function choiceCases(verbs: readonly Verb[]): readonly string[] {
  const options = new Map(verbs.flatMap((verb) => verb.options).map((option) => [option.name, option]))
  return [...options.values()].flatMap(({ name, choices }) =>
    choices ? [`    --${name}) COMPREPLY=($(compgen -W "${choices.join(' ')}" -- "$word")); return ;;`] : [],
  )
}

function verbCase(first: string, verbs: readonly Verb[]): string {
  const below = verbs.filter((verb) => verb.name.split(' ')[0] === first)
  const seconds = below.flatMap((verb) => verb.name.split(' ').slice(1))
  const options = new Set(below.flatMap((verb) => verb.options.map((option) => `--${option.name}`)))
  const words = [...seconds, ...options].join(' ')
  return `    ${first}) [[ $word == -* || $COMP_CWORD == 2 ]] && COMPREPLY=($(compgen -W "${words}" -- "$word")) ;;`
}
