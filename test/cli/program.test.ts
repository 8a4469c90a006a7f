import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

/** The program as a process: exit codes, streams, signals. Hosts are this machine itself, without SSH. */
const main = join(import.meta.dirname, '../../src/cli/main.ts')
const tsx = import.meta.resolve('tsx')
const here = ['-i', 'localhost,', '-e', 'ansible_connection=local']

interface End {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

interface Start {
  readonly words: readonly string[]
  readonly cwd?: string
  readonly environment?: Readonly<Record<string, string>>
  /** Runs in a pseudo terminal. */
  readonly terminal?: boolean
  /** Called with all of standard output so far; may send a signal. */
  readonly onOutput?: (text: string, kill: (signal: NodeJS.Signals) => void) => void
  /** Closes our end of its standard output at the first byte. */
  readonly hangUp?: boolean
}

function start({ words, cwd, environment, terminal, onOutput, hangUp }: Start): Promise<End> {
  const command = [process.execPath, '--import', tsx, main, ...words]
  const quoted = command.map((word) => `'${word}'`).join(' ')
  const [program = '', ...rest] = terminal ? ['script', '-qec', quoted, '/dev/null'] : command
  const { NO_COLOR: _, ...inherited } = process.env
  const child = spawn(program, rest, {
    cwd: cwd ?? tmpdir(),
    env: { ...inherited, TERM: 'xterm', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('utf8')
    onOutput?.(stdout, (signal) => void child.kill(signal))
    if (hangUp) child.stdout.destroy()
  })
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')))
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}

const run = (...words: readonly string[]): Promise<End> => start({ words })

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kmesos-cli-'))
  try {
    await work(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('help and version go to standard output and end well', async () => {
  const [help, version] = await Promise.all([run('--help'), run('--version')])
  assert.is(help.code, 0)
  assert.match(help.stdout, /^ {2}bootstrap +Set up Docker/m)
  assert.match(version.stdout, /^kmesos \d+\.\d+\.\d+\n$/)
  assert.match(help.stdout, /^Services:$/m)
  assert.is(help.stderr + version.stderr, '')
})

test('an unknown verb ends with 2 and names the nearest', async () => {
  const end = await run('bootstarp')
  assert.is(end.code, 2)
  assert.is(end.stdout, '')
  assert.is(
    end.stderr,
    'error: unknown verb "bootstarp"; did you mean "bootstrap"?\nhint: see kmesos --help\n',
  )
})

test('a faulty inventory ends with 3 and lists all its faults', () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'hosts.yml'), 'all:\n  hosts: [a]\n  childern: {}\n')
    const end = await run('ping', 'all', '-i', join(folder, 'hosts.yml'))
    assert.is(end.code, 3)
    assert.match(end.stderr, /^error: inventory .*hosts\.yml has \d problems?:\n {4}\S+hosts\.yml:\d/)
  }))

test('a host that refuses ends with 4, and the others are still reported', async () => {
  const mixed = await inventoryOf(
    '[all]\nhere ansible_connection=local\nlost ansible_host=127.0.0.1 ansible_port=1\n',
  )
  assert.is(mixed.code, 4)
  assert.match(mixed.stdout, /^\[here\] ok: ping$/m)
  assert.match(mixed.stdout, /^\[lost\] unreachable: connect: cannot open SSH to lost .*connection refused$/m)
  assert.match(mixed.stderr, /ping failed on 1 of 2 hosts: lost \(unreachable\)/)
})

async function inventoryOf(text: string): Promise<End> {
  let end: End | undefined
  await inFolder(async (folder) => {
    writeFileSync(join(folder, 'hosts'), text)
    end = await run('ping', 'all', '-i', join(folder, 'hosts'))
  })
  if (!end) throw new Error('it did not run')
  return end
}

test('a command that fails on a host ends with 1', async () => {
  const end = await run('exec', 'all', 'echo out; echo err >&2; exit 3', ...here)
  assert.is(end.code, 1)
  assert.match(end.stdout, /^\[localhost\] \| out$/m)
  assert.match(end.stdout, /^\[localhost\] \| err$/m)
  assert.match(end.stdout, /exit code 3/)
})

test('--output json writes one event per line, the error among them, and nothing else', async () => {
  const end = await run('exec', 'all', '--output', 'json', ...here, '--', 'false')
  const events = end.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { kind: string; exitCode?: number })
  assert.equal(
    events.map((event) => event.kind),
    ['run-started', 'task-result', 'error', 'run-ended'],
  )
  assert.is(events.at(-1)?.exitCode, 1)
})

test('a reader that goes away does not end a run', () =>
  inFolder(async (folder) => {
    const mark = join(folder, 'done')
    const end = await start({
      words: ['exec', 'all', `for i in 1 2 3; do echo $i; sleep 0.2; done; echo yes > ${mark}`, ...here],
      hangUp: true,
    })
    assert.is(end.code, 0, end.stderr)
    assert.ok(existsSync(mark))
  }))

test('the first SIGINT stops the run, says how to go on, and gives 130', async () => {
  let sent = false
  const end = await start({
    words: ['exec', 'all', 'echo begun; sleep 30', ...here],
    onOutput: (text, kill) => {
      if (sent || !text.includes('begun')) return
      sent = true
      kill('SIGINT')
    },
  })
  assert.is(end.code, 130)
  assert.match(end.stderr, /^stopping; .*\n.*interrupted by SIGINT\nhint: run the same command again/)
})

test('-v tells results, -vv starts and times, -vvv connections and remote commands, with secrets masked', () =>
  inFolder(async (cwd) => {
    writeFileSync(
      join(cwd, 'site.yml'),
      '- { name: Say, hosts: all, gather_facts: false, tasks: [{ name: say, command: "echo geheim", changed_when: false }] }\n',
    )
    const said = async (level: string): Promise<string> => {
      const words = ['play', 'site.yml', ...here, '-e', 'ansible_become_password=geheim', ...level.split(' ')]
      const end = await start({ words, cwd })
      assert.is(end.code, 0, end.stderr)
      assert.not.match(end.stdout + end.stderr, 'geheim')
      return end.stdout
    }
    const [none, one, two, three] = await Promise.all(['-q', '-v', '-vv', '-vvv'].map(said))
    assert.not.match(none ?? '', /ok: say|begins/)
    assert.match(one ?? '', /^\[localhost\] ok: say/m)
    assert.not.match(one ?? '', /begins: say/)
    assert.match(two ?? '', /^\[localhost\] begins: say$/m)
    assert.not.match(two ?? '', /connecting/)
    assert.match(three ?? '', /^\[localhost\] connecting without SSH: \d+\.\d s$/m)
    assert.match(three ?? '', /^\[localhost\] runs .*: exit code 0, \d+\.\d s$/m)
  }))

test('colors are for terminals, and never against NO_COLOR', async () => {
  const words = ['exec', 'all', 'true', ...here]
  const [terminal, plain, pipe] = await Promise.all([
    start({ words, terminal: true }),
    start({ words, terminal: true, environment: { NO_COLOR: '1' } }),
    start({ words }),
  ])
  assert.match(terminal.stdout, /\u001b\[32mok\u001b\[39m/)
  assert.not.match(plain.stdout + pipe.stdout, /\u001b\[\d+m/)
})

test('a verb that only reads leaves no journal, one that changes does, and its error names the log', () =>
  inFolder(async (cwd) => {
    await start({ words: ['ping', 'all', ...here], cwd })
    assert.not.ok(existsSync(join(cwd, '.kmesos')))
    const end = await start({ words: ['bootstrap', '-i', 'nowhere'], cwd })
    assert.is(end.code, 3)
    const [name = ''] = readdirSync(join(cwd, '.kmesos/runs'))
    assert.ok(end.stderr.includes(`log: ${join(cwd, '.kmesos/runs', name, 'run.log')}`), end.stderr)
  }))

test('what the environment says is as good as what is typed', async () => {
  const environment = { KMESOS_INVENTORY: 'localhost,', KMESOS_EXTRA_VARS: 'ansible_connection=local' }
  const end = await start({ words: ['ping', 'all'], environment })
  assert.is(end.stdout, '[localhost] ok: ping\n')
})

test.run()
