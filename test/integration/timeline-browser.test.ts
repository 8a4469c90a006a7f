import { execFile } from 'node:child_process'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { buildTimeline } from '../../src/reporter/timeline.ts'
import { formatTimelinePage } from '../../src/reporter/timeline-page.ts'
import type { RunEvent } from '../../src/reporter/types.ts'
import { browserPackages, ensurePackages } from '../setup/packages.ts'

const test = suite('timeline.html in a real browser (chromium)')
const run = promisify(execFile)
let folder: string

test.before(async () => {
  await ensurePackages(browserPackages)
  folder = await mkdtemp(join(tmpdir(), 'kmesos-timeline-'))
})
test.after(() => rm(folder, { recursive: true, force: true }))

const evil = `<script>alert(1)</script><img src=x onerror="alert(2)">`

/** A run: every host does every task, h7 is slow, h3 fails. */
function runOf(hosts: number, tasks: number): readonly RunEvent[] {
  const names = Array.from({ length: hosts }, (_, index) => `h${index + 1}`)
  const results = names.flatMap((host, place) => {
    let at = 1_000 + place
    return Array.from({ length: tasks }, (_, index): RunEvent => {
      const startedAt = at
      at += host === 'h7' && index === 3 ? 60_000 : 400 + ((place * 7 + index * 13) % 200)
      const status = host === 'h3' && index === tasks - 1 ? 'failed' : index % 3 === 0 ? 'changed' : 'ok'
      const task = index === 1 ? evil : `Task ${index}`
      return { kind: 'task-result', play: 'p', host, task, status, startedAt, at }
    })
  })
  const end = Math.max(...results.map((event) => event.at)) + 10
  return [
    { kind: 'run-started', verb: 'play', at: 0, check: false },
    { kind: 'phase-started', phase: 'Configure', at: 0 },
    ...results.sort((a, b) => a.at - b.at),
    { kind: 'phase-ended', phase: 'Configure', at: end, outcome: 'changed' },
    { kind: 'run-ended', at: end, exitCode: 1, changed: true },
  ]
}

interface Opened {
  readonly dom: string
  /** What the browser's console said, of pages. */
  readonly console: string
}

/**
 * Opens the page from its file and gives the document as its scripts have left it. `act`: script run before that, allowed by
 * opening a copy without the page's policy.
 */
async function open(page: string, act = ''): Promise<Opened> {
  const file = join(folder, `${Math.random().toString(36).slice(2)}.html`)
  const acting = page
    .replace(/<meta http-equiv[^>]*>/, '')
    .replace('</body>', () => `<script>${act}</script></body>`)
  await writeFile(file, act === '' ? page : acting)
  const profile = await mkdtemp(join(folder, 'profile-'))
  const flags = [
    ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
    ...['--disable-background-networking', '--disable-component-update', '--enable-logging=stderr', '--v=0'],
    ...[`--user-data-dir=${profile}`, '--virtual-time-budget=2000', '--dump-dom'],
  ]
  const { stdout, stderr } = await run('chromium', [...flags, pathToFileURL(file).href], {
    maxBuffer: 64 << 20,
    timeout: 120_000,
  })
  const console = stderr
    .split('\n')
    .filter((line) => line.includes(':CONSOLE'))
    .join('\n')
  return { dom: stdout, console }
}

const count = (dom: string, pattern: RegExp): number => dom.match(pattern)?.length ?? 0
const rows = (dom: string): number => count(dom, /<div class="row group-(?:host|service)/g)

for (const [hosts, tasks] of [
  [1, 5],
  [20, 12],
] as const) {
  test(`${hosts} hosts with ${tasks} tasks: every row and bar is drawn, the console stays silent`, async () => {
    const page = formatTimelinePage(buildTimeline(runOf(hosts, tasks)))
    const { dom, console } = await open(page)
    assert.is(console, '')
    assert.is(rows(dom), hosts)
    assert.is(count(dom, /<i class="(?:ok|changed|failed)"/g), hosts * tasks)
    assert.match(dom, /<ol id="path"><li/)
    assert.match(dom, new RegExp(`${hosts} of ${hosts} rows`))
  })
}

test('what hosts and tasks are called stays text', async () => {
  const { dom, console } = await open(formatTimelinePage(buildTimeline(runOf(20, 12))))
  assert.is(console, '')
  assert.not.match(dom, /<img|<script>alert/)
  assert.match(dom, /title="h1: &lt;script&gt;alert\(1\)|title="h1: <script>alert\(1\)/)
})

test('the table names the straggler and how much slower it is', async () => {
  const { dom } = await open(formatTimelinePage(buildTimeline(runOf(20, 12))))
  assert.match(
    dom,
    /<td>Task 3<\/td><td>20<\/td><td>20<\/td><td>0<\/td><td>0\.\d s<\/td><td>60 s|1 min 00 s on h7 \(\d+x\)/,
  )
})

test('300 hosts with 50 tasks: a page of less than 2 MB; the first 60 rows, and the rest when asked', async () => {
  const page = formatTimelinePage(buildTimeline(runOf(300, 50)))
  const file = join(folder, 'large.html')
  await writeFile(file, page)
  assert.ok((await stat(file)).size < 2_000_000, String(page.length))
  const { dom, console } = await open(page)
  assert.is(console, '')
  assert.is(rows(dom), 60)
  assert.match(dom, /show 240 more/)
  const all = await open(page, "document.getElementById('more').click()")
  assert.is(all.console, '')
  assert.is(rows(all.dom), 300)
})

test('filter, failed only, slowest first, zoom by keys', async () => {
  const page = formatTimelinePage(buildTimeline(runOf(300, 50)))
  const set = (id: string, value: string, event: string): string =>
    `{ const it = document.getElementById('${id}'); it.value = '${value}'; it.dispatchEvent(new Event('${event}')) }`
  const press = (key: string): string =>
    `document.dispatchEvent(new KeyboardEvent('keydown', { key: '${key}' }));`
  const filtered = await open(page, set('filter', 'H29', 'input'))
  assert.is(rows(filtered.dom), 11)
  const failed = await open(page, set('show', 'failed', 'change') + press('+') + press('+'))
  assert.is(rows(failed.dom), 1)
  assert.match(failed.dom, /<div class="name bad" title="h3">h3<\/div>/)
  assert.match(failed.dom, /id="inner" style="--zoom: 4;"/)
  const slowest = await open(page, set('order', 'slowest', 'change'))
  assert.is(
    /<div class="row group-host"[^>]*><div class="name[^"]*" title="([^"]*)"/.exec(slowest.dom)?.[1],
    'h7',
  )
  assert.is(filtered.console + failed.console + slowest.console, '')
})

test.run()
