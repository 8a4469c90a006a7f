import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openKmesosProgram, type KmesosProgram } from '../support/kmesos-program.ts'

const test = suite('streams that end early, plain terminals, and a full disk below the journal')
const program = `'${process.execPath}' '${join(import.meta.dirname, '../../dist/kmesos.js')}'`
let kmesos: KmesosProgram

test.before.each(async () => {
  kmesos = await openKmesosProgram('streams')
  const hosts = Array.from(
    { length: 300 },
    (_, index) => `h${index} ansible_connection=local some_text=${'x'.repeat(400)}\n`,
  )
  await kmesos.write('hosts', hosts.join(''))
  await kmesos.write(
    'site.yml',
    '- { name: Say, hosts: all, gather_facts: false, tasks: [{ name: say, debug: { msg: hello } }] }\n',
  )
})
test.after.each(() => kmesos.close())

interface ShellEnd {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a line of bash in the folder; `kmesos` is the bundled program. */
function bash(line: string, environment: Readonly<Record<string, string>> = {}): Promise<ShellEnd> {
  const child = spawn('bash', ['-c', `kmesos() { ${program} "$@"; }; export -f kmesos; ${line}`], {
    cwd: kmesos.folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: kmesos.folder, TERM: 'xterm', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const end = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (end.stdout += chunk.toString('utf8')))
  child.stderr.on('data', (chunk: Buffer) => (end.stderr += chunk.toString('utf8')))
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...end })))
}

const readers: readonly string[] = [
  '--help',
  'deploy --help',
  'inventory list -i hosts',
  'inventory graph -i hosts',
  'play site.yml -i hosts -v',
  'play site.yml -i hosts --output json',
  'exec all true -i hosts -f 2 -l h0',
]
for (const words of readers) {
  test(`kmesos ${words} | head -1 ends well and without a word of its own`, async () => {
    const { stdout, stderr } = await bash(`kmesos ${words} | head -1; echo "ended with \${PIPESTATUS[0]}"`)
    assert.is(stderr, '')
    assert.match(stdout, /^.+\nended with 0\n$/)
  })
}

test('an error whose reader has gone leaves its exit code', async () => {
  const { stdout } = await bash('kmesos bootstrpa 2>&1 | true; echo "ended with ${PIPESTATUS[0]}"')
  assert.is(stdout, 'ended with 2\n')
})

const plain: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['TERM=dumb', { TERM: 'dumb' }],
  ['CI=true', { CI: 'true' }],
]
for (const [name, environment] of plain) {
  test(`with ${name} a terminal gets lines and no cursor is moved`, async () => {
    const { stdout } = await bash(`script -qec 'kmesos play site.yml -i hosts -l h1' /dev/null`, {
      SHELL: '/bin/bash',
      ...environment,
    })
    assert.match(stdout, '-- Say (1 host)')
    assert.not.match(stdout, /\u001b\[(?!\d*m)/)
  })
}

test('with NO_COLOR the tree is drawn without colors', async () => {
  const draw = (environment: Readonly<Record<string, string>>): Promise<ShellEnd> =>
    bash(`script -qec 'kmesos play site.yml -i hosts -l h1' /dev/null`, {
      SHELL: '/bin/bash',
      ...environment,
    })
  const [colored, plain] = [await draw({}), await draw({ NO_COLOR: '1' })]
  assert.match(colored.stdout, /\u001b\[32m/)
  assert.match(plain.stdout, /\u001b\[\?25l[^]*✔ Say[^]*\u001b\[\?25h/)
  assert.not.match(plain.stdout, /\u001b\[\d+m/)
})

test('a disk that gets full below the journal is told once; the run goes on to its end', async () => {
  await kmesos.write('.kmesos/runs/place', '')
  const mounted = 'mount -t tmpfs -o size=64k tmpfs .kmesos/runs'
  const { code, stdout, stderr } = await bash(
    `unshare --mount --propagation private bash -c '${mounted} && kmesos play site.yml -i hosts -v && ls .kmesos/runs/*'`,
  )
  const all = stdout + stderr
  assert.is(code, 0, all)
  assert.is(stdout.match(/ok: say/g)?.length, 300)
  assert.is(all.match(/cannot be written any more \(ENOSPC/g)?.length, 1, all)
  assert.match(all, 'the run goes on without its log')
  assert.not.match(all, /^\s+at .+:\d+/m)
})

test('a disk that is full from the start costs the log; the names of failed hosts cost nothing more', async () => {
  await kmesos.write('.kmesos/runs/place', '')
  await kmesos.write(
    'bad.yml',
    '- { name: Bad, hosts: "h1:h2", gather_facts: false, tasks: [{ name: fail, fail: { msg: no } }] }\n',
  )
  const filled = 'mount -t tmpfs -o size=64k tmpfs .kmesos/runs; cat /dev/zero > .kmesos/runs/big 2>/dev/null'
  const { code, stdout, stderr } = await bash(
    `unshare --mount --propagation private bash -c '${filled}; kmesos play bad.yml -i hosts'`,
  )
  const all = stdout + stderr
  assert.is(code, 1, all)
  assert.is(all.match(/ENOSPC/g)?.length, 1, all)
  assert.match(stderr, /error: the playbook failed on 2 of 2 hosts: h1, h2 \(failed\)/)
  assert.not.match(all, /^\s+at .+:\d+|--limit @/m)
})

test.run()
