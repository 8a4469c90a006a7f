import { quoteArgv, quoteWord } from '../kernel/shell.ts'
import type { Action, RunAction, WriteAction } from './types.ts'

/** Shell functions that action scripts call; part of each program that applies. */
export const actionFunctions = `km_write() { # path mode owner group; content in base64 on stdin
  km_t="\${1%/*}/.kmesos.$$.tmp"
  case $1 in */*) ;; *) km_t=".kmesos.$$.tmp" ;; esac
  [ -d "$1" ] && { echo "$1 is a directory" >&2; return 1; }
  ( umask 077; base64 -d >"$km_t" ) || { rm -f -- "$km_t"; return 1; }
  if [ -n "$2" ]; then km_m=$2; elif [ -e "$1" ]; then km_m=$(stat -L -c %a -- "$1"); else km_m=644; fi
  if [ -e "$1" ]; then chown "$(stat -L -c %u:%g -- "$1")" "$km_t" 2>/dev/null || :; fi
  { [ -z "$3" ] || chown -- "$3" "$km_t"; } && { [ -z "$4" ] || chgrp -- "$4" "$km_t"; } &&
    chmod -- "$km_m" "$km_t" && mv -f -- "$km_t" "$1" || { rm -f -- "$km_t"; return 1; }
}
`

/** The POSIX sh of one action; uploads are done before the program and leave nothing to run. */
export function actionScript(action: Action): string {
  switch (action.do) {
    case 'run':
      return runScript(action)
    case 'script':
      return action.script
    case 'write':
      return writeScript(action)
    case 'upload':
      return ':'
  }
}

function runScript(action: RunAction): string {
  const command = quoteArgv(action.argv)
  const fed = action.stdin === undefined ? command : `printf '%s' ${quoteWord(action.stdin)} | ${command}`
  // Not `cd && …`: under `set -e` a failing cd in such a list would be passed over.
  return action.cwd === undefined ? fed : `( cd -- ${quoteWord(action.cwd)}\n${fed} )`
}

function writeScript(action: WriteAction): string {
  const words = [action.path, action.mode ?? '', action.owner ?? '', action.group ?? '']
  const base64 = Buffer.from(action.content).toString('base64')
  // A here-document: the content is on nobody's command line, and no limit on arguments applies.
  const lines = base64.replace(/.{76}/g, '$&\n')
  return `km_write ${words.map((word) => (word === '' ? "''" : quoteWord(word))).join(' ')} <<'KM_EOF'\n${lines}\nKM_EOF`
}
