import { quoteWord, type Argv } from '../kernel/shell.ts'

/**
 * The remote side of a detached run. The program works in a session of its own and writes to files of a private folder; a
 * follower copies the files to the channel as they grow. So the loss of the channel ends the follower alone, and another one
 * goes on behind the last byte that arrived. Words of the protocol begin with the token and stand on both outputs:
 * `begun` before the content, `end CODE ` behind it.
 *
 * The follower waits for one line on its standard input: `ok` when all has arrived, `kill` to end the program; nothing (end of
 * file) when the channel is lost. Only `ok` and `kill` remove the folder.
 */

/** /run is in memory and works while the disk is full; others than root go where they may write. */
const places = `km_places() { for km_b in /run "\${TMPDIR:-/tmp}" "\${HOME:-/}/.kmesos/tmp"; do
[ "$km_b" = /run ] && [ "$(id -u)" != 0 ] && continue
d="$km_b/kmesos-run-$1"; "$2" && return 0; done; return 1; }
`

/**
 * tail tells by itself when a file grows. A program that was killed leaves no end behind: the look every two seconds finds out.
 * The three are ended by KILL: a TERM is lost where it is ignored, and in a subshell of dash that has only just begun; then the
 * channel would stay open.
 */
const follow = `km_kill() { p=$(cat "$d/pid") && { kill -KILL "-$p" || kill -KILL "$p"; }; } 2>/dev/null
km_lives() { [ -e "$d/running" ] || return 1; p=$(cat "$d/pid" 2>/dev/null); [ -z "$p" ] || [ -d "/proc/$p" ]; }
km_follow() {
tail -c "+$2" -f "$d/out" 2>/dev/null & o=$!
tail -c "+$3" -f "$d/err" >&2 2>/dev/null & e=$!
( while km_lives; do sleep 2 </dev/null >/dev/null 2>&1; done
sleep 2 </dev/null >/dev/null 2>&1; printf '%s gone \\n' "$1" >&2 ) & w=$!
a=; read -r a
kill -KILL "$o" "$e" "$w" 2>/dev/null
[ "$a" = kill ] && km_kill
case $a in ok|kill) rm -rf -- "$d";; esac
exit 0
}
`

/** $0 token, $1 folder, then the program. As the first process of a session its id is the group's. */
const runner = `d=$1; shift; echo "$$" >"$d/pid"
"$@"; c=$?
printf '%s end %s \\n' "$0" "$c"; printf '%s end %s \\n' "$0" "$c" >&2`

/**
 * $1 token, $2 id, $3 bytes of standard input in base64, then the program and its words. The input is held in memory until it is
 * whole: a program that was cut off on the way does not begin, and no secret reaches a disk. A folder that is there already means
 * that another follower came first and found nothing: then it must not begin either. What nobody fetches goes after 15 minutes.
 */
const startProgram = `umask 077
${places}${follow}t=$1 i=$2 n=$3; shift 3
b=$(head -c "$n"); [ "\${#b}" -eq "$n" ] || exit 90
km_there() { [ -d "$d" ]; }
km_make() {
case $d in */.kmesos/tmp/*) mkdir -p "\${d%/*}";; esac 2>/dev/null
mkdir "$d" 2>/dev/null || { km_there && exit 91; return 1; }
{ : >"$d/running" && : >"$d/err" && printf x >"$d/out"; } 2>/dev/null || { rm -rf -- "$d"; return 1; }
}
km_places "$i" km_there && exit 91
if ! km_places "$i" km_make; then
printf '%s plain \\n' "$t"; printf '%s plain \\n' "$t" >&2
printf '%s' "$b" | base64 -d | "$@"; exit
fi
: >"$d/out"
command -v setsid >/dev/null && s=setsid || s=nohup
( trap : HUP
{ trap '' HUP; printf '%s' "$b"; } | { trap '' HUP; base64 -d; } | { umask 022
exec "$s" sh -c ${quoteWord(runner)} "$t" "$d" "$@" >"$d/out" 2>"$d/err"; }
rm -f -- "$d/running"; k=0
while [ -d "$d" ] && [ "$k" -lt 180 ]; do sleep 5; k=$((k + 1)); done; rm -rf -- "$d" ) </dev/null >/dev/null 2>&1 &
: >"$d/started"; unset b
printf '%s begun \\n' "$t"; printf '%s begun \\n' "$t" >&2
km_follow "$t" 1 1`

/** $1 token, $2 id, $3 and $4 bytes of the outputs that have arrived. A claim keeps a late start from beginning. */
const attachProgram = `umask 077
${places}${follow}t=$1 i=$2 f=$3 g=$4
km_there() { [ -d "$d" ]; }
km_claim() { mkdir "$d" 2>/dev/null || km_there; }
if km_places "$i" km_there || km_places "$i" km_claim; then
k=0; while [ ! -e "$d/started" ] && [ -e "$d/running" ] && [ "$k" -lt 50 ]; do sleep 0.1; k=$((k + 1)); done
fi
if [ ! -e "$d/started" ]; then
( sleep 120; rmdir -- "$d" ) </dev/null >/dev/null 2>&1 &
printf '%s absent \\n' "$t"; exit
fi
printf '%s begun \\n' "$t"; printf '%s begun \\n' "$t" >&2
km_follow "$t" "$((f + 1))" "$((g + 1))"`

/** Ends the program of another channel and removes what it left. $1 id. */
const stopProgram = `${places}${follow}km_there() { [ -d "$d" ]; }
km_places "$1" km_there || exit 0
km_kill; rm -rf -- "$d"`

export interface DetachedName {
  readonly token: string
  readonly id: string
}

export function startArgv(name: DetachedName, bytes: number, argv: Argv): Argv {
  return ['sh', '-c', startProgram, 'kmesos-start', name.token, name.id, String(bytes), ...argv]
}

export function attachArgv(
  name: DetachedName,
  arrived: { readonly stdout: number; readonly stderr: number },
): Argv {
  const { stdout, stderr } = arrived
  return [
    ...['sh', '-c', attachProgram, 'kmesos-attach', name.token, name.id],
    ...[String(stdout), String(stderr)],
  ]
}

export function stopArgv(name: DetachedName): Argv {
  return ['sh', '-c', stopProgram, 'kmesos-stop', name.id]
}
