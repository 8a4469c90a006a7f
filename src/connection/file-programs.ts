import type { Argv } from '../kernel/shell.ts'

/**
 * Writes standard input to a file that is whole or not there: a temporary name in the same folder, then rename. The count of
 * bytes is compared, since a connection that breaks looks to `cat` like the end of the file. $1 destination, $2 bytes, $3 mode
 * ("" = that of the file before, or 0644).
 *
 * One remote process and one round trip. SFTP would take six, cannot write as another user, and is switched off on some hosts.
 */
const uploadProgram = `d=$1 n=$2 m=$3
if [ -d "$d" ]; then echo "$d is a directory" >&2; exit 21; fi
umask 077
t=$(mktemp -- "$(dirname -- "$d")/.kmesos.XXXXXXXX") || exit 1
trap 'rm -f -- "$t"' EXIT
trap 'exit 1' HUP INT TERM
cat >"$t" || exit 1
s=$(wc -c <"$t") || exit 1
if [ "$s" -ne "$n" ]; then echo "got $s of $n bytes" >&2; exit 1; fi
if [ -e "$d" ]; then chown "$(stat -L -c %u:%g -- "$d")" -- "$t" 2>/dev/null; chmod "$(stat -L -c %a -- "$d")" -- "$t" || exit 1; else chmod 0644 -- "$t" || exit 1; fi
if [ -n "$m" ]; then chmod "$m" -- "$t" || exit 1; fi
mv -fT -- "$t" "$d" || exit 1
trap - EXIT
`

export function uploadArgv(destination: string, bytes: number, mode: string | undefined): Argv {
  return ['sh', '-c', uploadProgram, 'kmesos-upload', destination, String(bytes), mode ?? '']
}

export function downloadArgv(path: string): Argv {
  return ['cat', '--', path]
}
