/**
 * `km_real PATH` prints what a path leads to, with all links followed, as `readlink -f` does: the last name may be missing, its
 * folder may not. Not `readlink -f` itself: that of coreutils never ends on a link that leads below itself (`d -> d/c`) and fills
 * the host's memory. Nothing is printed where links lead in a circle. 40 links are what Linux follows, too.
 */
export const realPathFunction = `km_real() (
  km_r=$1; km_i=0
  while [ "$km_r" != / ] && [ "\${km_r%/}" != "$km_r" ]; do km_r=\${km_r%/}; done
  case $km_r in /*) ;; *) km_r=./$km_r;; esac
  while [ -L "$km_r" ]; do
    [ "$km_i" -lt 40 ] || exit 1
    km_t=$(readlink -- "$km_r" && echo x) || exit 1
    km_t=\${km_t%??}; km_i=$((km_i + 1))
    case $km_t in /*) km_r=$km_t;; *) km_r=\${km_r%/*}/$km_t;; esac
  done
  unset CDPATH
  if [ -d "$km_r" ]; then cd -P -- "$km_r" && pwd -P; exit; fi
  while [ "\${km_r%/}" != "$km_r" ]; do km_r=\${km_r%/}; done
  km_t=$(cd -P -- "\${km_r%/*}/" && pwd -P) && printf '%s/%s\\n' "\${km_t%/}" "\${km_r##*/}"
) 2>/dev/null`

/** The command that prints where a word of the shell leads, for a script inside of a program. */
export function realPathCommand(word: string): string {
  return `km_real ${word}`
}
