import { quoteArgv, quoteWord } from '../kernel/shell.ts'
import type { Action, Placement, RunAction, WriteAction } from './types.ts'

/**
 * Shell functions that action scripts call; part of each program that applies.
 *
 * km_place moves a finished file over its destination: it has owner and mode (the old file's, unless told) and has passed
 * km_check before anybody sees it. What fails leaves the old file as it was.
 */
export const actionFunctions = `km_temp() { # path: makes an empty file in its folder, km_t
  case $1 in */*) km_d=\${1%/*}/ ;; *) km_d=./ ;; esac
  [ -d "$km_d" ] || { echo "the folder $km_d does not exist" >&2; return 1; }
  km_t=$(mktemp "\${km_d}.kmesos.XXXXXXXX")
}
km_write() { # path mode owner group backup check; content in base64 on stdin
  km_temp "$1" || return 1
  base64 -d >"$km_t" || { rm -f -- "$km_t"; return 1; }
  km_place "$km_t" "$@"
}
km_place() { # from path mode owner group backup check
  km_t=$1; shift
  km_placed "$@" || { rm -f -- "$km_t"; return 1; }
}
km_placed() {
  [ -d "$1" ] && { echo "$1 is a directory" >&2; return 1; }
  if [ -n "$2" ]; then km_m=$2; elif [ -e "$1" ]; then km_m=$(stat -L -c %a -- "$1"); else km_m=644; fi
  if [ -e "$1" ]; then chown "$(stat -L -c %u:%g -- "$1")" "$km_t" 2>/dev/null || :; fi
  [ -z "$3" ] || chown -- "$3" "$km_t" || return 1
  [ -z "$4" ] || chgrp -- "$4" "$km_t" || return 1
  chmod -- "$km_m" "$km_t" || return 1
  if [ -n "$6" ]; then km_check "$km_t" || { echo "the check of the file failed, $1 is as it was" >&2; return 1; }; fi
  if [ -n "$5" ] && [ -e "$1" ]; then
    km_b="$1.$$.$(date +%Y-%m-%d@%H:%M:%S)~"
    cp -p -- "$1" "$km_b" || return 1
    echo "kept the old file as $km_b"
  fi
  mv -f -- "$km_t" "$1"
}
`

/** The POSIX sh of one action; uploads and downloads are done before the program and leave nothing to run. */
export function actionScript(action: Action): string {
  switch (action.do) {
    case 'run':
      return runScript(action)
    case 'script':
      return action.script
    case 'write':
      return writeScript(action)
    case 'place':
      return `${checkFunction(action)}km_place ${quoteEach([action.from, ...placeWords(action)])}`
    case 'upload':
    case 'download':
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
  const base64 = Buffer.from(action.content).toString('base64')
  // A here-document: the content is on nobody's command line, and no limit on arguments applies.
  const lines = base64.replace(/.{76}/g, '$&\n')
  return `${checkFunction(action)}km_write ${quoteEach(placeWords(action))} <<'KM_EOF'\n${lines}\nKM_EOF`
}

function placeWords(action: Placement): readonly string[] {
  const { path, mode = '', owner = '', group = '' } = action
  return [path, mode, owner, group, action.backup ? '1' : '', action.check ? '1' : '']
}

function quoteEach(words: readonly string[]): string {
  return words.map((word) => (word === '' ? "''" : quoteWord(word))).join(' ')
}

/** `km_check FILE` from the words of a checking program, in which %s stands for the file. */
function checkFunction({ check }: Placement): string {
  if (check === undefined) return ''
  const words = check.map((word) => word.split('%s').map(quoteEachPart).join('"$1"'))
  return `km_check() { ${words.join(' ')}; }\n`
}

function quoteEachPart(part: string): string {
  return part === '' ? '' : quoteWord(part)
}
