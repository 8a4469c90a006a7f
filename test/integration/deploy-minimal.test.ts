import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { redactor } from '../../src/kernel/secret.ts'
import { allSecrets, parsePasswords } from '../../src/secrets/passwords.ts'
import type { ServiceStatus } from '../../src/workflows/status.ts'
import { fetchToken } from '../aio/fetch-token.ts'
import { eventually } from '../support/eventually.ts'
import { changedBy, openDeployLab, type DeployLab } from './deploy-rig.ts'

const test = suite('deploy of the profile minimal')
let rig: DeployLab
const minute = 60_000

test.before(async () => {
  rig = await openDeployLab('deploy', 31)
  const bootstrap = await rig.kmesos(['bootstrap'])
  assert.is(bootstrap.code, 0, bootstrap.stdout + bootstrap.stderr)
  const init = await rig.kmesos(['password', 'init'])
  assert.is(init.code, 0, init.stdout + init.stderr)
})

test.after(async () => {
  await rig.close()
})

async function status(): Promise<readonly ServiceStatus[]> {
  const end = await rig.kmesos(['status'])
  assert.is(end.code, 0, end.stdout + end.stderr)
  return (JSON.parse(end.stdout) as { readonly services: readonly ServiceStatus[] }).services
}

async function token(): Promise<void> {
  await fetchToken(join(rig.folder, '.kmesos/openrc'), AbortSignal.timeout(minute))
}

test('ends with a Keystone that gives tokens', async () => {
  const end = await rig.kmesos(['deploy', '--profile', 'minimal'])
  assert.is(end.code, 0, end.stdout + end.stderr)
  await token()
  const services = await status()
  assert.ok(
    services.every((service) => service.ready),
    JSON.stringify(services),
  )
})

test('changes nothing the second time', async () => {
  const end = await rig.kmesos(['deploy'])
  assert.is(end.code, 0, end.stderr)
  assert.not.ok(changedBy(end), end.stdout)
})

test('no secret stands in a command line, an environment of a container, an app or a log', async () => {
  const text = await readFile(join(rig.folder, 'passwords.yml'), 'utf8')
  const { credentials } = parsePasswords(text, { passwords: [], services: [] }, 'passwords.yml')
  const masks = redactor(allSecrets(credentials))
  const looks = {
    'command lines': ['ps', '-eo', 'args'],
    containers: ['sh', '-c', 'docker ps -aq | xargs docker inspect'],
    logs: ['sh', '-c', 'for c in $(docker ps -aq); do docker logs $c 2>&1; done'],
    apps: ['curl', '-s', `http://${rig.address}:8080/v2/apps`],
  }
  for (const [what, argv] of Object.entries(looks)) {
    const { stdout } = await rig.lab.sh(rig.host, argv)
    assert.ok(stdout.length > 0, what)
    assert.is(masks(stdout), stdout, `a secret stands in ${what}`)
  }
})

test('a container that is killed comes back, and its database with it', async () => {
  for (const service of ['keystone-api', 'mariadb']) {
    const before = (await status()).find((each) => each.service === service)?.since
    const kill = `docker kill $(docker ps -q --filter label=MESOS_TASK_ID | xargs docker inspect -f '{{.Id}} {{index .Config.Env}}' | grep KMESOS_SERVICE=${service} | cut -d' ' -f1)`
    await rig.lab.sh(rig.host, ['sh', '-c', kill])
    const back = async (): Promise<boolean> => {
      const now = (await status()).find((each) => each.service === service)
      return now?.ready === true && now.since !== before
    }
    await eventually(back, 3 * minute)
  }
  await token()
})

test('a service that cannot become ready is named with its reason and exit code', async () => {
  const missing = JSON.stringify({ image_overrides: { memcached: 'kmesos/none:local' } })
  const end = await rig.kmesos(['deploy', 'memcached', '-e', missing, '--wait', '20'])
  assert.is(end.code, 7, end.stdout + end.stderr)
  assert.match(end.stderr, /memcached/)
  assert.match(end.stderr, /none:local/)
  const repaired = await rig.kmesos(['deploy'])
  assert.is(repaired.code, 0, repaired.stdout + repaired.stderr)
})

test('destroy removes all of it, and keeps the data', async () => {
  const end = await rig.kmesos(['destroy', '--yes'])
  assert.is(end.code, 0, end.stdout + end.stderr)
  const { stdout } = await rig.lab.sh(rig.host, [
    'sh',
    '-c',
    'docker ps -q --filter label=MESOS_TASK_ID | wc -l',
  ])
  assert.is(stdout.trim(), '0')
  const again = await rig.kmesos(['deploy'])
  assert.is(again.code, 0, again.stdout + again.stderr)
  await token()
})

test.run()
