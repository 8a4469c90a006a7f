import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { run, tryRun, type RunResult } from '../lab/run-command.ts'
import { openTestLab } from '../lab/test-lab.ts'
import { ensurePackages, vagrantPackages } from '../setup/packages.ts'

const test = suite('vagrant')
const project = fileURLToPath(new URL('../..', import.meta.url))
let home: string

test.before(async () => {
  await ensurePackages(vagrantPackages, { report: (line) => void process.stderr.write(`${line}\n`) })
  home = await mkdtemp(join(tmpdir(), 'kmesos-vagrant-'))
})

test.after(async () => await rm(home, { recursive: true }))

/** Nothing of it in the project or in the user's home. The test driver of libvirt needs no daemon. */
function environment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    VAGRANT_HOME: join(home, 'home'),
    VAGRANT_DOTFILE_PATH: join(home, 'dot'),
    VAGRANT_CHECKPOINT_DISABLE: '1',
    LIBVIRT_DEFAULT_URI: 'test:///default',
  }
}

async function validate(cwd: string): Promise<RunResult> {
  return await tryRun(['vagrant', 'validate'], { cwd, env: environment() })
}

test('the Vagrantfile is valid with its provider sections', async () => {
  const { stdout, stderr } = await validate(project)
  assert.match(stdout + stderr, /Vagrantfile validated successfully/)
})

test('a setting that libvirt does not know is found by the same check', async () => {
  const folder = await mkdtemp(join(home, 'wrong-'))
  await copyFile(join(project, 'Vagrantfile'), join(folder, 'Vagrantfile'))
  const text = await readFile(join(folder, 'Vagrantfile'), 'utf8')
  await writeFile(join(folder, 'Vagrantfile'), text.replace('libvirt.cpus', 'libvirt.no_such_setting'))
  const { code, stdout, stderr } = await validate(folder)
  assert.is(code, 1)
  assert.match(stdout + stderr, /no_such_setting/)
})

test('vagrant up makes a machine with docker, copies the sources, finds Node and runs the command in it', async () => {
  const { lab, close } = await openTestLab('vagrant', 5)
  try {
    // A Docker engine with a bridge, and the bridge's network: both are the lab host's own.
    const dockerConfig = { bridge: '', iptables: true }
    await lab.up('h1', 11, { images: ['vagrant'], dockerConfig })
    await lab.waitReady('h1')
    const pid = await lab.initPid('h1')
    const env = {
      ...environment(),
      DOCKER_HOST: `unix:///proc/${pid}/root/run/docker.sock`,
      KMESOS_VAGRANT_COMMAND: 'node test/setup/bootstrap.mjs test/lab/cli.ts --help',
    }
    const vagrant = async (...words: string[]): Promise<RunResult> =>
      await run(['nsenter', '-t', String(pid), '-n', 'vagrant', ...words], { cwd: project, env, tail: 40 })
    const { stdout } = await vagrant('up', '--provider=docker')
    assert.match(stdout, /npm run lab -- up h1 h2 h3 --images zookeeper/)
    assert.is((await vagrant('ssh', '-c', 'hostname')).stdout.trim(), 'kmesos')
    await vagrant('destroy', '--force')
    assert.is((await lab.sh('h1', ['docker', 'ps', '-aq'])).stdout, '')
  } finally {
    await close()
  }
})

test.run()
