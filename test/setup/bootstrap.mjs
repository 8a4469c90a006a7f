// The first thing that `npm run aio`, `npm run lab` and `npm test` start: a fresh clone has no node_modules yet, so this
// file uses nothing but Node. It installs them, bundles the sources, then runs the TypeScript entry that it is given.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { constants } from 'node:os'

const project = join(dirname(fileURLToPath(import.meta.url)), '../..')
const neededNode = [20, 19]
const configExit = 3

function fail(message, hint) {
  process.stderr.write(`${message}\nhint: ${hint}\n`)
  process.exit(configExit)
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > neededNode[0] || (major === neededNode[0] && minor >= neededNode[1])) return
  fail(
    `kmesos needs Node ${neededNode.join('.')} or newer, this is ${process.versions.node}`,
    'install a newer Node',
  )
}

/** npm writes node_modules/.package-lock.json as its last step, so an interrupted install counts as missing. */
function installModules() {
  const done = join(project, 'node_modules/.package-lock.json')
  const wanted = join(project, 'package-lock.json')
  if (existsSync(done) && statSync(done).mtimeMs >= statSync(wanted).mtimeMs) return
  process.stderr.write('installing npm packages (npm ci)\n')
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: project,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (npm.status === 0) return
  fail(
    `npm ci failed with ${npm.status ?? npm.error?.message ?? npm.signal}`,
    'look at the lines above; is the npm registry reachable?',
  )
}

function run(entry, words) {
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), join(project, entry), ...words],
    {
      stdio: 'inherit',
    },
  )
  // Ctrl-C reaches the child by the terminal too; it decides when to end.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
}

const [entry, ...words] = process.argv.slice(2)
if (entry === undefined)
  fail('bootstrap.mjs wants the entry to run', 'node test/setup/bootstrap.mjs test/lab/cli.ts --help')
checkNode()
installModules()
const { build } = await import('../../bootstrap/build.mjs')
await build({ quiet: true })
run(entry, words)
