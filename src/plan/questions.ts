import { quoteArgv, quoteWord } from '../kernel/shell.ts'
import { pathKey } from './resources.ts'
import { factsScript } from '../facts/facts-script.ts'
import type { Question } from './types.ts'

/** Equal questions have equal keys: an answer is remembered under it. */
export function questionKey(question: Question): string {
  switch (question.ask) {
    case 'facts':
      return 'facts'
    case 'sh':
      return `${question.network === true ? 'network' : 'sh'} ${question.script}`
    case 'stat':
      return `${question.follow === true ? 'stat of target' : 'stat'} ${question.path}`
    case 'hash':
      return `hash ${question.path}`
    case 'image':
      return `image ${question.ref}`
    case 'container':
    case 'unit':
    case 'volume':
      return `${question.ask} ${question.name}`
  }
}

/** What the answer depends on; a change of it makes the answer stale. A script may look at anything. */
export function readsOf(question: Question): readonly string[] {
  switch (question.ask) {
    case 'stat':
    case 'hash':
      return [pathKey(question.path)]
    case 'container':
      return [`container:${question.name}`]
    case 'image':
      return [`image:${question.ref}`]
    case 'volume':
      return [`volume:${question.name}`]
    case 'unit':
      return [`unit:${question.name}`, ...unitFolders]
    case 'facts':
      return ['facts']
    case 'sh':
      return question.reads ?? ['*']
  }
}

/** Where unit files are: a new one changes what systemd knows. */
const unitFolders = ['/etc', '/run', '/lib', '/usr/lib', '/usr/local/lib']
  .map((folder) => `path:${folder}/systemd/**`)
  .concat('path:/etc/init.d/**')

/** One process of a probe: which questions it answers and the shell text that prints the answer. */
export interface ProbeGroup {
  readonly questions: readonly Question[]
  readonly script: string
}

/** `stat -c`: type+mode in hex, uid, gid, owner, group, bytes, name. Understood by coreutils and busybox alike. */
const statFormat = '%f %u %g %U %G %s %n'

/** Argument lists stay far below the 128 KiB that one argument vector may hold on any Linux. */
const pathsPerProcess = 200

/** Groups questions so that each kind costs one process; names that would break line-wise answers are asked alone. */
export function groupQuestions(questions: readonly Question[]): readonly ProbeGroup[] {
  const groups: ProbeGroup[] = []
  const merged = new Map<string, Question[]>()
  for (const question of questions) {
    if (question.ask === 'facts') groups.push({ questions: [question], script: factsScript })
    else if (question.ask === 'sh') groups.push({ questions: [question], script: question.script })
    else if (isOdd(question)) groups.push(groupOf([question]))
    else {
      const kind = question.ask === 'stat' && question.follow ? 'stat -L' : question.ask
      merged.set(kind, [...(merged.get(kind) ?? []), question])
    }
  }
  for (const list of merged.values()) {
    for (let from = 0; from < list.length; from += pathsPerProcess) {
      groups.push(groupOf(list.slice(from, from + pathsPerProcess)))
    }
  }
  return groups
}

function isOdd(question: Question): boolean {
  return (question.ask === 'stat' || question.ask === 'hash') && /[\n\\]/.test(question.path)
}

function groupOf(questions: readonly Question[]): ProbeGroup {
  const words = questions.map(subjectOf)
  return { questions, script: scriptFor(questions[0] as Question, words) }
}

function scriptFor(question: Question, words: readonly string[]): string {
  switch (question.ask) {
    case 'stat':
      return `${quoteArgv(['stat', ...(question.follow ? ['-L'] : []), '-c', statFormat, '--', ...words])} 2>&1`
    case 'hash':
      // A directory or a missing file is an error line on stderr and no answer: "not a regular file".
      return `${quoteArgv(['sha256sum', '--', ...words])} 2>&1`
    case 'container':
      return inspect(['docker', 'container', 'inspect'], words)
    case 'image':
      return inspect(['docker', 'image', 'inspect'], words)
    case 'volume':
      return inspect(['docker', 'volume', 'inspect'], words)
    case 'unit':
      return `if [ -d /run/systemd/system ]; then ${quoteArgv([...showUnits, '--', ...words])} 2>&1; else echo none; fi`
    default:
      return ':'
  }
}

const showUnits = ['systemctl', 'show', '-p', 'LoadState,ActiveState,SubState,UnitFileState']

function inspect(argv: readonly string[], words: readonly string[]): string {
  return `${quoteArgv([...argv, '--format', '{{json .}}'])} ${words.map(quoteWord).join(' ')} 2>&1`
}

function subjectOf(question: Question): string {
  switch (question.ask) {
    case 'stat':
    case 'hash':
      return question.path
    case 'container':
    case 'volume':
    case 'unit':
      return question.name
    case 'image':
      return question.ref
    default:
      return ''
  }
}
