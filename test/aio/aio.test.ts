import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FailedError } from '../../src/kernel/errors.ts'
import type { Reporter, RunEvent } from '../../src/reporter/types.ts'
import { rejects } from '../support/rejects.ts'
import { fetchToken, parseOpenrc } from './fetch-token.ts'
import { formatEnd } from './format-end.ts'
import { noteMade, readMade } from './made.ts'
import { runKmesos } from './run-kmesos.ts'
import { aioSettings, type AioSettings } from './settings.ts'
import { inventoryWords, writeConfig } from './write-config.ts'

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'kmesos-aio-'))
  try {
    await work(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

function recording(): { readonly reporter: Reporter; readonly events: RunEvent[] } {
  const events: RunEvent[] = []
  return { events, reporter: { report: (event) => void events.push(event), close: async () => undefined } }
}

/** A project whose dist/kmesos.js is the given program. */
async function projectWith(folder: string, program: string): Promise<void> {
  await mkdir(join(folder, 'dist'))
  await writeFile(join(folder, 'dist/kmesos.js'), program)
}

const never = new AbortController().signal

test("the child's events become ours, its phases our plays", () =>
  inFolder(async (folder) => {
    await projectWith(
      folder,
      `const say = (event) => console.log(JSON.stringify({ at: 1, ...event }))
       say({ kind: 'run-started', verb: process.argv[2], check: false })
       say({ kind: 'phase-started', phase: 'Load' })
       say({ kind: 'state', subject: 'a/daemon', state: 'ready' })
       say({ kind: 'phase-ended', phase: 'Load', outcome: 'ok' })
       say({ kind: 'run-ended', exitCode: 0, changed: true })`,
    )
    const { reporter, events } = recording()
    const ended = await runKmesos({ words: ['deploy'], projectDir: folder, reporter, signal: never })
    assert.equal(ended, { changed: true })
    assert.equal(
      events.map((event) => event.kind),
      ['play-started', 'state'],
    )
  }))

test('a child that fails gives its own message, evidence and way out', () =>
  inFolder(async (folder) => {
    await projectWith(
      folder,
      `console.log(JSON.stringify({ kind: 'error', message: 'port 2181 is in use', detail: 'by java', hint: 'stop it', exitCode: 3, at: 1 }))
       process.exit(3)`,
    )
    const { reporter } = recording()
    const error = await rejects(
      runKmesos({ words: ['bootstrap'], projectDir: folder, reporter, signal: never }),
    )
    assert.instance(error, FailedError)
    const { message, detail, hint } = error as FailedError
    assert.equal(
      [message, detail, hint],
      ['kmesos bootstrap ended with 3: port 2181 is in use', 'by java', 'stop it'],
    )
  }))

test('a child that dies without a word shows what it left on stderr', () =>
  inFolder(async (folder) => {
    await projectWith(folder, `console.error('Segmentation fault'); process.kill(process.pid, 'SIGKILL')`)
    const { reporter } = recording()
    const error = await rejects(runKmesos({ words: ['deploy'], projectDir: folder, reporter, signal: never }))
    assert.match(error.message, /ended with SIGKILL/)
    assert.match((error as FailedError).detail ?? '', /Segmentation fault/)
  }))

test('an openrc is read as a shell reads it', () => {
  const rc = parseOpenrc(
    `# a comment\nexport OS_A='it'\\''s $x'\nOS_B="two words"\nexport OS_C=plain\nnot this\n`,
  )
  assert.equal(
    [...rc],
    [
      ['OS_A', "it's $x"],
      ['OS_B', 'two words'],
      ['OS_C', 'plain'],
    ],
  )
})

async function withKeystone(
  status: number,
  work: (url: string, body: () => unknown) => Promise<void>,
): Promise<void> {
  let body: unknown
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => void (text += chunk.toString('utf8')))
    request.on('end', () => {
      body = { url: request.url, ...(JSON.parse(text) as object) }
      response.writeHead(status, status === 201 ? { 'x-subject-token': 'gAAAA' } : {})
      response.end(
        JSON.stringify(status === 201 ? { token: { expires_at: '2026-01-01T00:00:00Z' } } : { error: 'no' }),
      )
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v3`, () => body)
  } finally {
    server.close()
  }
}

const openrc = (url: string): string =>
  `export OS_AUTH_URL='${url}'\nexport OS_USERNAME=admin\nexport OS_PASSWORD='p w'\nexport OS_PROJECT_NAME=admin\nexport OS_USER_DOMAIN_ID=default\n`

test('a token is asked for with the values of the openrc', () =>
  inFolder((folder) =>
    withKeystone(201, async (url, body) => {
      await writeFile(join(folder, 'openrc'), openrc(url))
      const token = await fetchToken(join(folder, 'openrc'), never)
      assert.equal(token, { authUrl: url, project: 'admin', expires: '2026-01-01T00:00:00Z' })
      assert.equal(body(), {
        url: '/v3/auth/tokens',
        auth: {
          identity: {
            methods: ['password'],
            password: { user: { name: 'admin', domain: { id: 'default' }, password: 'p w' } },
          },
          scope: { project: { name: 'admin', domain: { id: 'default' } } },
        },
      })
    }),
  ))

test('a Keystone that refuses is an error with its answer', () =>
  inFolder((folder) =>
    withKeystone(401, async (url) => {
      await writeFile(join(folder, 'openrc'), openrc(url))
      await rejects(fetchToken(join(folder, 'openrc'), never), /gave no token: HTTP 401/)
    }),
  ))

function settingsIn(folder: string): AioSettings {
  return { ...aioSettings(), folder }
}

test('the inventory is written once, with the host key pinned, for the owner alone', () =>
  inFolder(async (folder) => {
    const access = {
      address: '10.77.20.10',
      privateKeyFile: '/lab/key',
      hostKey: 'ssh-ed25519 AAAA root@aio\n',
    }
    assert.is(await writeConfig(settingsIn(folder), access), true)
    assert.is(await writeConfig(settingsIn(folder), access), false)
    assert.is(await readFile(join(folder, 'known_hosts'), 'utf8'), '10.77.20.10 ssh-ed25519 AAAA\n')
    assert.match(await readFile(join(folder, 'hosts'), 'utf8'), /ansible_host=10\.77\.20\.10/)
    assert.is((await stat(join(folder, 'hosts'))).mode & 0o777, 0o600)
  }))

test('what was made outside of the folder is remembered', () =>
  inFolder(async (folder) => {
    assert.equal(await readMade(settingsIn(folder)), {})
    await noteMade(settingsIn(folder), { cacheDir: '/var/cache/x' })
    assert.equal(await readMade(settingsIn(folder)), { cacheDir: '/var/cache/x' })
  }))

test('the end says what changed, how long each step took, and how to go on', () => {
  const settings = aioSettings()
  const done = [
    { title: 'Get the images', ms: 1_500, changed: false, note: '6 images are there' },
    { title: 'kmesos deploy', ms: 65_000, changed: true, note: 'all services are ready' },
  ]
  const view = { settings, logFile: '.kmesos/runs/x/run.log', totalMs: 66_500 }
  const text = formatEnd(done, view)
  for (const part of [
    'changed: kmesos deploy (1 min 07 s in all)',
    '1.5 s',
    '1 min 05 s',
    '.kmesos/runs/x/run.log',
    'openrc',
    'kmesos.js why',
  ]) {
    assert.ok(text.includes(part), part)
  }
  assert.match(
    formatEnd(
      done.map((step) => ({ ...step, changed: false })),
      view,
    ),
    /\nnothing changed \(/,
  )
  assert.equal(inventoryWords(settings), ['-i', 'inventory/all-in-one', '-i', '.kmesos/aio/hosts'])
})

test.run()
