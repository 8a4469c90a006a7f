import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { quoteWord } from '../../src/kernel/shell.ts'
import { compileProgram, type Program } from '../../src/plan/program.ts'
import { ProgramReader, type Leftover, type StepOutput } from '../../src/plan/program-reader.ts'
import { groupQuestions, questionKey } from '../../src/plan/questions.ts'
import type { Action, Answer, Question } from '../../src/plan/types.ts'
import { makeFolder } from '../support/run-playbook.ts'

interface Ran {
  readonly outputs: readonly StepOutput[]
  readonly answers: ReadonlyMap<string, Answer>
  readonly done: boolean
}

/** Runs a program in the machine's /bin/sh (dash) as a host would. */
function run(parts: Partial<Pick<Program, 'steps'>> & { readonly questions?: readonly Question[] }): Ran {
  const probes = groupQuestions(parts.questions ?? [])
  const text = compileProgram({ token: 'tok', tag: 'test', first: true, steps: parts.steps ?? [], probes })
  const { stdout } = spawnSync('dash', ['-s'], { input: text, encoding: 'utf8', maxBuffer: 1 << 24 })
  const outputs: StepOutput[] = []
  const reader = new ProgramReader('tok', probes, {
    stepStarted: () => undefined,
    output: () => undefined,
    stepEnded: (_step, output) => outputs.push(output),
  })
  for (const line of stdout.split('\n')) reader.line(line)
  return { outputs, answers: reader.answers, done: reader.done }
}

function step(...actions: readonly Action[]): Program['steps'][number] {
  return { actions, environment: {}, continueOnError: false }
}

const oddNames = [
  'plain',
  'two words',
  `it's "quoted"`,
  '$HOME `id` \\n',
  'ünïcødé ✓',
  '-n',
  'line\nbreak',
  '*',
]

test('writes and finds files with odd names, in one stat and one sha256sum', () => {
  const folder = makeFolder()
  try {
    const paths = oddNames.map((name) => join(folder.path, name))
    const content = "one\n'two' \\ $three\0four\n"
    const written = run({
      steps: paths.map((path) => step({ do: 'write', path, content, mode: '0640' })),
      questions: paths.flatMap((path): Question[] => [
        { ask: 'stat', path },
        { ask: 'hash', path },
      ]),
    })
    assert.is(written.done, true)
    assert.equal(
      written.outputs.map(({ exitCode, stderr }) => [exitCode, stderr]),
      paths.map(() => [0, '']),
    )
    const hash = execFileSync('sha256sum', [paths[0] as string], { encoding: 'utf8' }).slice(0, 64)
    for (const path of paths) {
      assert.is(readFileSync(path, 'utf8'), content)
      assert.is(statSync(path).mode & 0o7777, 0o640)
      assert.equal(written.answers.get(questionKey({ ask: 'hash', path })), { ask: 'hash', sha256: hash })
      const stat = written.answers.get(questionKey({ ask: 'stat', path }))
      assert.is(stat?.ask === 'stat' && stat.state.kind === 'file' && stat.state.mode, '0640')
    }
  } finally {
    folder.remove()
  }
})

test('tells absent paths, directories and links apart', () => {
  const folder = makeFolder({ 'a/b': 'x' })
  try {
    execFileSync('ln', ['-s', 'a', join(folder.path, 'l')])
    const kinds = ['a', 'a/b', 'l', 'none'].map((name): Question => ({
      ask: 'stat',
      path: join(folder.path, name),
    }))
    const { answers } = run({ questions: kinds })
    const told = kinds.map((question) => {
      const answer = answers.get(questionKey(question))
      return answer?.ask === 'stat' ? answer.state.kind : answer
    })
    assert.equal(told, ['directory', 'file', 'link', 'absent'])
  } finally {
    folder.remove()
  }
})

test('keeps output, streams and exit codes of a step apart, also of odd output', () => {
  const script = `printf 'one\\ntwo'; printf 'err\\n' >&2; printf 'tok end 0 0\\n'; exit 7`
  const { outputs } = run({ steps: [step({ do: 'run', argv: ['sh', '-c', script] })] })
  assert.equal(outputs, [{ exitCode: 7, stdout: 'one\ntwotok end 0 0', stderr: 'err' }])
})

test('ends at the first failure, and asks nothing then', () => {
  const failing = step({ do: 'run', argv: ['false'] })
  const ran = run({
    steps: [step({ do: 'run', argv: ['true'] }), failing, step({ do: 'run', argv: ['true'] })],
    questions: [{ ask: 'sh', script: 'echo x' }],
  })
  assert.equal(
    ran.outputs.map(({ exitCode }) => exitCode),
    [0, 1],
  )
  assert.is(ran.answers.size, 0)
  assert.is(ran.done, true)
})

test('goes on after a failure that is ignored, and a step stops at its own first failing action', () => {
  const folder = makeFolder()
  try {
    const mark = join(folder.path, 'mark')
    const first = {
      ...step({ do: 'run', argv: ['false'] }, { do: 'run', argv: ['touch', mark] }),
      continueOnError: true,
    }
    const ran = run({ steps: [first, step({ do: 'run', argv: ['test', '-e', mark] })] })
    assert.equal(
      ran.outputs.map(({ exitCode }) => exitCode),
      [1, 1],
    )
  } finally {
    folder.remove()
  }
})

test('a command gets its standard input, and never the program', () => {
  const fed = step({ do: 'run', argv: ['cat'], stdin: "it's\n$x" }, { do: 'run', argv: ['cat'] })
  assert.is(run({ steps: [fed] }).outputs[0]?.stdout, "it's\n$x")
})

test('an environment holds for its own step alone', () => {
  const show: Action = { do: 'run', argv: ['sh', '-c', 'echo "[${ODD-}]"'] }
  const ran = run({ steps: [{ ...step(show), environment: { ODD: "a 'b' $c" } }, step(show)] })
  assert.equal(
    ran.outputs.map(({ stdout }) => stdout),
    ["[a 'b' $c]", '[]'],
  )
})

test('a folder that does not exist fails the step instead of running the command elsewhere', () => {
  const ran = run({ steps: [step({ do: 'run', argv: ['touch', 'x'], cwd: '/no/such/folder' })] })
  assert.not(ran.outputs[0]?.exitCode === 0)
})

test('a program that was cut off on its way does nothing', () => {
  const folder = makeFolder()
  try {
    const mark = join(folder.path, 'mark')
    const text = compileProgram({
      token: 'tok',
      tag: 'test',
      first: false,
      steps: [step({ do: 'run', argv: ['touch', mark] })],
      probes: [],
    })
    spawnSync('dash', ['-s'], { input: text.slice(0, text.lastIndexOf('km_main')) })
    assert.throws(() => statSync(mark))
  } finally {
    folder.remove()
  }
})

test('a first program waits for one that an earlier run has left working, names it, and takes away its folder', async () => {
  const folder = makeFolder()
  try {
    const orphan = spawn('sleep', ['600'])
    const ended = once(orphan, 'close')
    folder.write('kmesos-test.abc/pid', `${orphan.pid}\n`)
    folder.write('kmesos-test.abc/task', 'role : load "it"\n')
    const text = compileProgram({ token: 'tok', tag: 'test', first: true, steps: [], probes: [] })
    const child = spawn('dash', ['-s'], { env: { ...process.env, TMPDIR: folder.path } })
    const closed = once(child, 'close')
    const told: Leftover[] = []
    const reader = new ProgramReader('tok', [], {
      ...{ stepStarted: () => undefined, output: () => undefined, stepEnded: () => undefined },
      // It is still at work when it is told of: now it may end.
      waiting: (leftover) => told.push(leftover) && orphan.kill(),
    })
    child.stdout.on('data', (chunk: Buffer) => {
      for (const line of String(chunk).split('\n')) reader.line(line)
    })
    child.stdin.end(text)
    await Promise.all([ended, closed])
    const group = String(process.pid)
    assert.equal(
      told.map((each) => ({ ...each, group })),
      [{ pid: `${orphan.pid}`, group, task: 'role : load "it"' }],
    )
    assert.match(told[0]?.group ?? '', /^[1-9][0-9]*$/)
    assert.is(reader.leftover, undefined)
    assert.ok(reader.done)
    assert.throws(() => statSync(join(folder.path, 'kmesos-test.abc')))
  } finally {
    folder.remove()
  }
})

test('a program tells which of its tasks is at work, on one line', () => {
  const folder = makeFolder()
  try {
    const look = step({ do: 'run', argv: ['sh', '-c', `cat ${quoteWord(folder.path)}/kmesos-test.*/task`] })
    const steps = [{ ...look, title: "it's\n a $task" }]
    const text = compileProgram({ token: 'tok', tag: 'test', first: false, steps, probes: [] })
    const env = { ...process.env, TMPDIR: folder.path }
    const { stdout } = spawnSync('dash', ['-s'], { input: text, encoding: 'utf8', env })
    assert.match(stdout, "\n1it's a $task\n")
  } finally {
    folder.remove()
  }
})

test('a megabyte of output comes through whole', () => {
  const script =
    'i=0; while [ $i -lt 16384 ]; do echo 0123456789012345678901234567890123456789012345678901234567890123; i=$((i+1)); done'
  const output = run({ steps: [step({ do: 'run', argv: ['sh', '-c', script] })] }).outputs[0]?.stdout ?? ''
  assert.is(output.length, 16384 * 65 - 1)
})

test.run()
