import type { Answer, DockerObject, PathState, Question } from './types.ts'

/** Turns the text that one process of a probe printed into one answer for each of its questions. */
export function readAnswers(
  questions: readonly Question[],
  text: string,
  exitCode: number,
): readonly Answer[] {
  switch (questions[0]?.ask) {
    case undefined:
      return []
    case 'stat':
      return readStats(questions as readonly PathQuestion[], text)
    case 'hash':
      return readHashes(questions as readonly PathQuestion[], text)
    case 'container':
    case 'image':
    case 'volume':
      return readDocker(questions, text)
    case 'unit':
      return readUnits(questions, text)
    case 'facts':
    case 'sh':
      return [{ ask: 'text', text, exitCode }]
  }
}

type PathQuestion = Extract<Question, { readonly path: string }>

const statLine = /^([0-9a-f]+) (\d+) (\d+) (\S+) (\S+) (\d+) ([\s\S]*)$/

function readStats(questions: readonly PathQuestion[], text: string): readonly Answer[] {
  if (questions.length === 1) return [statAnswer(statLine.exec(text), questions[0] as PathQuestion, text)]
  const byPath = new Map<string, RegExpExecArray>()
  for (const line of text.split('\n')) {
    const found = statLine.exec(line)
    if (found) byPath.set(found[7] as string, found)
  }
  return questions.map((question) => statAnswer(byPath.get(question.path) ?? null, question, text))
}

function statAnswer(found: RegExpExecArray | null, question: PathQuestion, text: string): Answer {
  if (found) return { ask: 'stat', state: pathState(found) }
  const refused = refusal(text, question.path)
  return refused === undefined
    ? { ask: 'stat', state: { kind: 'absent' } }
    : { ask: 'error', message: refused }
}

/** File types in st_mode (inode(7)). */
const kinds: Readonly<Record<number, 'file' | 'directory' | 'link'>> = {
  0x8000: 'file',
  0x4000: 'directory',
  0xa000: 'link',
}

/** The state in a line of the first five fields of a stat answer: for modules that list paths on their own. */
export function pathStateOf(line: string): PathState | undefined {
  const whole = `${line} 0 -`
  const found = statLine.exec(whole)
  return found ? pathState(found) : undefined
}

function pathState(found: RegExpExecArray): PathState {
  const raw = Number.parseInt(found[1] as string, 16)
  const [uid, gid, owner, group, size] = found.slice(2, 7) as [string, string, string, string, string]
  return {
    kind: kinds[raw & 0xf000] ?? 'other',
    mode: (raw & 0o7777).toString(8).padStart(4, '0'),
    // A uid without a name is shown by its number, as `chown` takes it.
    owner: owner === 'UNKNOWN' ? uid : owner,
    group: group === 'UNKNOWN' ? gid : group,
    uid: Number(uid),
    gid: Number(gid),
    size: Number(size),
  }
}

/** "Permission denied" is not "absent": to say so would plan to create what is there. */
function refusal(text: string, path: string): string | undefined {
  return text
    .split('\n')
    .find((line) => line.includes('Permission denied') && line.includes(path))
    ?.replace(/^(stat|sha256sum): /, '')
}

function readHashes(questions: readonly PathQuestion[], text: string): readonly Answer[] {
  const byPath = new Map<string, string>()
  for (const line of text.split('\n')) {
    // A leading backslash marks a name with escapes; such names are asked alone.
    const found = /^\\?([0-9a-f]{64}) [ *]([\s\S]*)$/.exec(line)
    if (found) byPath.set(questions.length === 1 ? '' : (found[2] as string), found[1] as string)
  }
  return questions.map((question): Answer => {
    const sha256 = byPath.get(questions.length === 1 ? '' : question.path) ?? null
    const refused = sha256 === null ? refusal(text, question.path) : undefined
    return refused === undefined ? { ask: 'hash', sha256 } : { ask: 'error', message: refused }
  })
}

/** One block of properties for each unit, in the order of the question. */
function readUnits(questions: readonly Question[], text: string): readonly Answer[] {
  const blocks = text.trim().split(/\n\n+/)
  if (text.trim() === 'none') return questions.map(() => ({ ask: 'text', text: 'none', exitCode: 0 }))
  const whole = blocks.length === questions.length && blocks.every((block) => block.includes('='))
  return questions.map((_, index) =>
    whole
      ? { ask: 'text', text: blocks[index] as string, exitCode: 0 }
      : { ask: 'error', message: text.trim() || 'systemctl gave no answer' },
  )
}

const notThere = /no such (container|object|image|volume)/i

function readDocker(questions: readonly Question[], text: string): readonly Answer[] {
  const lines = text.split('\n').filter((line) => line !== '')
  const found = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as DockerObject)
  const fault = lines.find((line) => !line.startsWith('{') && !notThere.test(line) && !/^\[\]$/.test(line))
  return questions.map((question): Answer => {
    const object = found.find((candidate) => isMeant(question, candidate))
    if (object) return { ask: 'docker', found: object }
    return fault === undefined ? { ask: 'docker', found: null } : { ask: 'error', message: fault }
  })
}

function isMeant(question: Question, object: DockerObject): boolean {
  if (question.ask === 'container') return object['Name'] === `/${question.name}`
  if (question.ask === 'volume') return object['Name'] === question.name
  if (question.ask !== 'image') return false
  if (object['Id'] === question.ref) return true
  const names = [...listOf(object['RepoTags']), ...listOf(object['RepoDigests'])].map(familiarRef)
  return names.includes(familiarRef(question.ref))
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? (value as string[]) : []
}

/** Docker's short form of a reference: no default registry, `latest` named, a tag beside a digest dropped. */
export function familiarRef(ref: string): string {
  const short = ref.replace(/^(index\.)?docker\.io\//, '').replace(/^library\//, '')
  const digestAt = short.indexOf('@')
  if (digestAt >= 0) return short.slice(0, digestAt).replace(/:[^/:]*$/, '') + short.slice(digestAt)
  return /:[^/]*$/.test(short) ? short : `${short}:latest`
}
