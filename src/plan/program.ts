import { quoteWord } from '../kernel/shell.ts'
import { actionFunctions, actionScript } from './action-script.ts'
import type { ProbeGroup } from './questions.ts'
import { realPathFunction } from './real-path.ts'
import type { Action } from './types.ts'

/** A step of a program: the actions of one task (or of one item of its loop). */
export interface ProgramStep {
  /** Its task, for those who find the program still at work. */
  readonly title?: string
  readonly actions: readonly Action[]
  readonly environment: Readonly<Record<string, string>>
  /** Go on after a failure of this step (ignore_errors). */
  readonly continueOnError: boolean
}

export interface Program {
  /** Unguessable: lines of the protocol begin with it, so no output can be taken for one. */
  readonly token: string
  /** Marks the programs of one host: letters and digits. */
  readonly tag: string
  /** Wait for a program of an earlier run (killed, or its connection lost) that still works on this host. */
  readonly first: boolean
  /** Applied first, in order, each reported as it happens; the first failure ends the program. */
  readonly steps: readonly ProgramStep[]
  /** Asked after the steps, so that what follows a change is seen as it is then. */
  readonly probes: readonly ProbeGroup[]
}

/**
 * One POSIX-sh program for `sh -s`. It is one function, called on its last line: a program that was cut off on the way
 * does nothing. Standard input of everything inside is /dev/null, since the program itself comes that way.
 */
export function compileProgram(program: Program): string {
  const body = [
    ...(program.first ? [awaitOrphan] : []),
    ...(program.steps.length > 0 ? [temporaryFolder] : []),
    ...program.steps.map(stepCall),
  ]
  return [
    beginOf,
    ...(program.probes.some((probe) => probe.script.includes('km_real ')) ? [realPathFunction] : []),
    'km_main() {',
    'set -u',
    'LC_ALL=C; export LC_ALL',
    'PATH="${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/sbin"; export PATH',
    `T=${quoteWord(program.token)}; KM_STEM=kmesos-${program.tag}`,
    ...body,
    ...program.probes.map(probeCall),
    'echo "$T done"',
    '}',
    ...(program.steps.length > 0 ? [stepFunctions, actionFunctions] : []),
    ...program.steps.map(stepFunction),
    'km_main </dev/null',
    '',
  ].join('\n')
}

const temporaryFolder = `umask 022
KM=$(mktemp -d "\${TMPDIR:-/tmp}/$KM_STEM.XXXXXXXX" 2>/dev/null) ||
  { mkdir -p "\${HOME:-/}/.kmesos/tmp" && KM=$(mktemp -d "\${HOME:-/}/.kmesos/tmp/$KM_STEM.XXXXXXXX"); } ||
  { echo "cannot make a temporary folder on the host (is its disk full?)" >&2; exit 1; }
trap 'rm -rf -- "$KM"' EXIT
km_began "$$"; echo "$$ $km_born" >"$KM/pid"
trap 'exit 129' HUP; trap 'exit 130' INT; trap 'exit 143' TERM`

/**
 * A program whose connection is gone ends with its next line of output, but the command that it runs goes on to its end:
 * to look at the host before that would be to plan on what is about to change. A minute at most.
 */
const awaitOrphan = `for km_d in "\${TMPDIR:-/tmp}/$KM_STEM".* "\${HOME:-/}/.kmesos/tmp/$KM_STEM".*; do
  [ -r "$km_d/pid" ] && read -r km_p km_b <"$km_d/pid" && [ -n "$km_p" ] || continue
  km_i=0
  while km_began "$km_p" && [ "$km_born" = "\${km_b:-$km_born}" ] && [ "$km_i" -lt 300 ]; do
    [ "$km_i" != 0 ] || { km_l=; [ ! -r "$km_d/task" ] || read -r km_l <"$km_d/task"; echo "$T wait $km_p $km_group $km_l"; }
    sleep 0.2; km_i=$((km_i + 1))
  done
  [ "$km_i" = 0 ] || echo "$T waited"
  km_began "$km_p" && [ "$km_born" = "\${km_b:-$km_born}" ] || rm -rf -- "$km_d"
done`

/** When a process began (and its group), in ticks since the host did: with it a number that was given out again is not taken for the old one. */
const beginOf = `km_began() {
  km_born=; [ -r "/proc/$1/stat" ] && read -r km_born <"/proc/$1/stat" || return 1
  set -- \${km_born##*) }; km_born=\${20-} km_group=\${3-}
} 2>/dev/null`

/**
 * km_step NUMBER CONTINUE TITLE: runs km_sNUMBER with its output labelled line by line (1 = stdout, 2 = stderr). All goes over
 * standard output, so that the order of steps and their lines is the order of arrival.
 */
const stepFunctions = `km_label() {
  while IFS= read -r km_l || [ -n "$km_l" ]; do printf '%s%s\\n' "$1" "$km_l"; done
}
km_step() {
  printf '%s\\n' "$3" >"$KM/task" 2>/dev/null
  echo "$T start $1"
  { { { ( set -e; "km_s$1" 3>&- 4>&- ); echo "$?" >"$KM/rc"; } 2>&3 | km_label 1 >&4 3>&-; } 3>&1 | km_label 2 >&4; } 4>&1
  read -r km_rc <"$KM/rc" || km_rc=1
  echo "$T end $1 $km_rc"
  [ "$km_rc" = 0 ] || [ "$2" = 1 ] || { echo "$T done"; exit 0; }
}
`

const longestTitle = 200

function stepCall(step: ProgramStep, index: number): string {
  const title = (step.title ?? '').replaceAll(/\s+/g, ' ').slice(0, longestTitle)
  return `km_step ${index} ${step.continueOnError ? 1 : 0} ${quoteWord(title)}`
}

function stepFunction(step: ProgramStep, index: number): string {
  const exports = Object.entries(step.environment).map(
    ([name, value]) => `${name}=${quoteWord(value)}; export ${name}`,
  )
  const actions = step.actions.map(actionScript)
  return [`km_s${index}() {`, ...exports, ...actions, ':', '}'].join('\n')
}

/**
 * The answer's raw lines stand between two lines of the protocol. The empty `echo` ends a last line that has no end; the
 * reader takes it away again.
 */
function probeCall(probe: ProbeGroup, index: number): string {
  // A subshell: what a script sets or leaves with `exit` does not reach the next one.
  const guarded = probe.questions[0]?.ask === 'sh' ? `( ${probe.script}\n)` : probe.script
  return `echo "$T ask ${index}"\n${guarded}\nkm_c=$?; echo; echo "$T told ${index} $km_c"`
}
