import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ConfigError } from '../../src/kernel/errors.ts'
import type { RoleSource } from '../../src/roles/types.ts'
import { compose, type ComposeRequest } from '../../src/services/compose.ts'
import type { Composition } from '../../src/services/types.ts'
import {
  composeReal,
  roleSource,
  sampleInventory,
  smallService,
  sourcesOf,
  type SampleInventory,
} from './sample-site.ts'

function composed(
  roles: readonly RoleSource[],
  rest: Partial<ComposeRequest> & { sample?: SampleInventory } = {},
): Composition {
  const { sample, ...others } = rest
  const sources = sourcesOf(...roles)
  return compose({
    inventory: sampleInventory(sample),
    sources,
    deployment: 'test',
    fingerprint: (name) => name,
    ...others,
  })
}

/** All problems of a composition that must fail. */
function problemsOf(...args: Parameters<typeof composed>): readonly string[] {
  try {
    composed(...args)
  } catch (error) {
    assert.instance(error, ConfigError)
    return (error as ConfigError).problems.map(({ where, message }) => `${where}: ${message}`)
  }
  return assert.unreachable('expected problems') as never
}

const small = (name: string, more = '', rest: Partial<RoleSource> = {}): RoleSource =>
  roleSource(name, smallService(name, more), rest)
const requiring = (name: string, requirement: string): RoleSource =>
  roleSource(name, smallService(name).replace('ready:', `requires: [${requirement}]\n      ready:`))
const port = '    ports: { main: 80 }\n'

test('a requirement that nobody provides names the nearest step', () => {
  assert.equal(problemsOf([small('db'), requiring('web', 'db/deamon')]), [
    'roles/web/service.yml:7: web/daemon requires what nobody provides: unknown step "db/deamon"; did you mean "db/daemon"?',
  ])
})

test('a circle of requirements is told as its way', () => {
  const problems = problemsOf([requiring('a', 'b/daemon'), requiring('b', 'a/daemon')])
  assert.match(problems[0] ?? '', /in a circle: a\/daemon -> b\/daemon -> a\/daemon/)
})

test('two services on one port of one host are refused, on different hosts not', () => {
  const sample = { hosts: { h1: '1.1.1.1', h2: '2.2.2.2' }, groups: { controller: ['h1'], other: ['h2'] } }
  assert.match(
    problemsOf([small('a', port), small('b', port)], { sample })[0] ?? '',
    /port 80 on h1 is used by a and b/,
  )
  const moved = roleSource('b', smallService('b', port).replace('controller', 'other'))
  assert.is(composed([small('a', port), moved], { sample }).services.size, 2)
})

test('a placement that the inventory does not have names the nearest group, once', () => {
  const wrong = ['a', 'b'].map((name) =>
    roleSource(name, smallService(name).replace('controller', 'controler')),
  )
  assert.equal(problemsOf(wrong), [
    'roles/a/service.yml:4: placement of a, b: unknown group of the inventory "controler"; did you mean "controller"?',
  ])
})

test('a requirement on the same host needs its provider there', () => {
  const sample = { hosts: { h1: '1.1.1.1', h2: '2.2.2.2' }, groups: { other: ['h2'] } }
  const agent = roleSource('agent', smallService('agent').replace('controller', 'other'))
  const problems = problemsOf([agent, requiring('web', 'host:agent/daemon')], { sample })
  assert.match(problems[0] ?? '', /web requires host:agent\/daemon, but agent is not placed on h1/)
})

const withFile = (text: string, more = ''): RoleSource =>
  small('web', `    files: [{ source: a.ejs, dest: /a }]\n${more}`, { templates: { 'a.ejs': text } })

test('faults of templates are found before anything is sent: file, line and nearest name', () => {
  const undefinedOne = withFile('ok\n<%= image_sorce %>\n')
  assert.match(
    problemsOf([undefinedOne])[0] ?? '',
    /^roles\/web\/templates\/a.ejs:2: variable "image_sorce" is undefined; did you mean "image_source"/,
  )
  assert.match(
    problemsOf([withFile('<%= secrets.x %>')])[0] ?? '',
    /unknown secret of web "x" \(declare it under secrets:\)/,
  )
  assert.match(
    problemsOf([withFile("<%= service('wbe').first %>")])[0] ?? '',
    /unknown service "wbe"; did you mean "web"/,
  )
  assert.match(problemsOf([withFile('<%- include("none") %>')])[0] ?? '', /unknown partial "none"/)
  assert.match(
    problemsOf([small('web', '    files: [{ source: b.ejs, dest: /b }]\n')])[0] ?? '',
    /unknown template in roles\/web\/templates "b.ejs"/,
  )
})

test('secrets stand in files and stdin only', () => {
  const words = roleSource(
    'web',
    smallService('web', '    secrets: [pw]\n').replace('[web]', '[web, "<%= secrets.pw %>"]'),
  )
  assert.match(problemsOf([words])[0] ?? '', /may be used in files and stdin only/)
  assert.is(composed([withFile('<%= secrets.pw %>', '    secrets: [pw]\n')]).services.size, 1)
})

test('a secret among the variables is refused, connection variables stay out', () => {
  const role = small('web', '    secrets: [pw]\n')
  assert.match(
    problemsOf([role], { sample: { vars: { pw: 'x' } } })[0] ?? '',
    /is a secret and must not be a variable/,
  )
  const { site } = composed([small('web')], { sample: { vars: { ansible_become_password: 'x', mine: 1 } } })
  assert.equal(site.variables, { image_source: 'local', mine: 1 })
})

test('an unknown profile and an unknown role in it name the nearest', () => {
  const sources = {
    ...sourcesOf(small('web')),
    profiles: { file: 'roles/profiles.yml', text: 'all: [webb]\n' },
  }
  assert.match(
    problemsOf([], { sources, profile: 'al' })[0] ?? '',
    /unknown profile "al"; did you mean "all"/,
  )
  assert.match(
    problemsOf([], { sources, profile: 'all' })[0] ?? '',
    /unknown role "webb"; did you mean "web"/,
  )
})

const digestOf = (composition: Composition, service: string, command: string): string | undefined =>
  composition.services.get(service)?.spec.commands.find((each) => each.name === command)?.digest
const labelOf = (composition: Composition, service: string): string | undefined =>
  composition.services.get(service)?.app.labels?.kmesos_app

test('the digest of a one-time command follows variables, templates and the image, not other hosts’ peers', async () => {
  const before = await composeReal()
  const sync = (composition: Composition): string | undefined =>
    digestOf(composition, 'keystone-api', 'db_sync')
  assert.is(sync(await composeReal()), sync(before))
  assert.is.not(sync(await composeReal({ vars: { debug: true } })), sync(before))
  assert.is.not(sync(await composeReal({ vars: { image_overrides: { keystone: 'k:2' } } })), sync(before))
  assert.is(sync(await composeReal({}, { fingerprint: () => 'other password' })), sync(before))
})

test('a new password runs the commands that are given it, and replaces their containers', async () => {
  const before = await composeReal()
  const after = await composeReal({}, { fingerprint: () => 'other password' })
  assert.is.not(digestOf(after, 'keystone-db', 'create'), digestOf(before, 'keystone-db', 'create'))
  assert.is.not(digestOf(after, 'keystone-api', 'bootstrap'), digestOf(before, 'keystone-api', 'bootstrap'))
  assert.is.not(labelOf(after, 'keystone-api'), labelOf(before, 'keystone-api'))
  assert.is(labelOf(after, 'mariadb'), labelOf(before, 'mariadb'))
})

test('a changed file alone does not replace a container that follows its files; one that ignores them is replaced to run its commands', async () => {
  const before = await composeReal()
  assert.is(
    labelOf(await composeReal({ vars: { debug: true } }), 'keystone-api'),
    labelOf(before, 'keystone-api'),
  )
  const once = '    commands: { sync: { command: [s], run_once: true } }\n'
  const ignoring = (text: string): RoleSource => {
    const role = withFile(text, once)
    return {
      ...role,
      service: {
        ...role.service,
        text: role.service.text.replace('ready:', 'on_config_change: ignore\n      ready:'),
      },
    }
  }
  assert.is.not(labelOf(composed([ignoring('a')]), 'web'), labelOf(composed([ignoring('b')]), 'web'))
})

test('one at a time, stopped before the next starts; each host once; data stay on the first host', async () => {
  const three = await composeReal({ hosts: { c1: '10.0.0.1', c2: '10.0.0.2', c3: '10.0.0.3' } })
  const keystone = three.services.get('keystone-api')?.app
  // Marathon rounds up: 3 × 0.6666 gives 2.
  assert.is(Math.ceil(3 * (keystone?.upgradeStrategy?.minimumHealthCapacity ?? 1)), 2)
  assert.is(keystone?.instances, 3)
  assert.ok(keystone?.constraints?.some(([field, operator]) => field === 'hostname' && operator === 'UNIQUE'))
  const mariadb = three.services.get('mariadb')
  assert.is(mariadb?.app.instances, 1)
  assert.equal(mariadb?.app.constraints?.[1], ['hostname', 'LIKE', 'c1|10\\.0\\.0\\.1'])
  assert.equal(mariadb?.hosts, ['c1'])
})

test.run()
