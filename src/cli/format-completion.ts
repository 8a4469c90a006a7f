export const completionShells = ['bash', 'zsh', 'fish'] as const

/** Each asks the program itself, so that hosts and groups of the inventory on the line are known; files where it says nothing. */
const scripts: Readonly<Record<(typeof completionShells)[number], string>> = {
  bash: `_kmesos() {
  local IFS=$'\\n'
  COMPREPLY=($("\${COMP_WORDS[0]}" completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -o bashdefault -F _kmesos kmesos
`,
  zsh: `#compdef kmesos
_kmesos() {
  local -a found
  found=("\${(@f)$("\${words[1]}" completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -Q -- "\${found[@]}"; else _files; fi
}
if [[ "\${funcstack[1]}" == _kmesos ]]; then _kmesos "$@"; else compdef _kmesos kmesos; fi
`,
  fish: `function __kmesos_words
    set -l typed (commandline -opc)
    $typed[1] completion words -- $typed[2..] (commandline -ct) 2>/dev/null
end
complete -c kmesos -a '(__kmesos_words)'
`,
}

/** The script that a shell reads to complete the words of kmesos. */
export function formatCompletion(shell: (typeof completionShells)[number]): string {
  return scripts[shell]
}
