import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseProfiles, parseRole } from '../../src/roles/parse-role.ts'
import type { Role } from '../../src/roles/types.ts'
import { roleSource } from '../services/sample-site.ts'

const context = { image: (name: string) => `kmesos/${name}:local`, port: 5000, words: ['a', 'b'] }

/** `LINE message` of each problem. */
function problemsIn(yaml: string, name = 'web'): readonly string[] {
  const { problems } = parseRole(roleSource(name, yaml), context)
  return problems.map(({ where, message }) => `${where.replace(`roles/${name}/service.yml:`, '')} ${message}`)
}

function parsed(yaml: string): Role {
  const { role, problems } = parseRole(roleSource('web', yaml), context)
  assert.equal(problems, [])
  return role
}

/** One service `web` with the given members, indented by four. */
const web = (members: string): string =>
  `name: web\nservices:\n  web:\n    image: x\n    placement: controller\n${members}`
const daemon = `    daemon:\n      command: [web]\n      ready: { none: true }\n`

test('reads a whole service, rendering what concerns the app and leaving texts for the container', () => {
  const role = parsed(`
name: web
jobs:
  web-db:
    image: "<%= image('toolbox') %>"
    placement: controller
    secrets: [db_password]
    commands:
      create: { command: [mariadb], stdin: "X <%= secrets.db_password %>", run_once: true, requires: [mariadb/daemon], retries: 3 }
services:
  web:
    image: "<%= image('web') %>"
    placement: controller
    ports: { public: "<%= port %>" }
    environment: { LANG: C }
    volumes: [{ name: data, path: /data }, { host: /dev, path: /dev, mode: ro }]
    capabilities: [NET_ADMIN]
    parameters: [{ ulimit: "nofile=1024" }]
    constraints: [[rack, GROUP_BY, "3"]]
    commands:
      init: { command: "<%= words %>", environment: { A: 1 } }
    daemon:
      command: [web, "<%= self.address %>", 5]
      requires: [web-db/create, host:cache/daemon]
      ready: { http: "http://<%= self.address %>/", statuses: [200, 300], within: 9 }
      on_config_change: { reload: SIGHUP }
`)
  const [job, service] = role.services
  assert.is(job?.kind, 'job')
  assert.is(job?.image, 'kmesos/toolbox:local')
  assert.is(job?.commands[0]?.stdin, 'X <%= secrets.db_password %>')
  assert.equal(job?.commands[0]?.requires, [{ service: 'mariadb', command: 'daemon', scope: 'global' }])
  assert.equal(service?.ports, { public: 5000 })
  assert.equal(service?.commands[0]?.command, ['a', 'b'])
  assert.equal(service?.commands[0]?.environment, { LANG: 'C', A: '1' })
  assert.equal(service?.daemon?.command, ['web', '<%= self.address %>', '5'])
  assert.equal(service?.daemon?.onConfigChange, { reload: 'SIGHUP' })
  assert.is(service?.daemon?.readyWithinSeconds, 9)
  assert.equal(service?.parameters, [
    { key: 'cap-add', value: 'NET_ADMIN' },
    { key: 'ulimit', value: 'nofile=1024' },
  ])
  assert.equal(service?.constraints, [['rack', 'GROUP_BY', '3']])
  assert.equal(service?.volumes[1], { kind: 'host', hostPath: '/dev', path: '/dev', mode: 'RO' })
})

test('tells all faults at once, each with its line, its path and the nearest known key', () => {
  assert.equal(
    problemsIn(`name: wbe
service: {}
services:
  web:
    image: x
    placment: controller
    files:
      - { source: a, dest2: /a, mode: 0600 }
    daemon:
      comand: [x]
      ready: { tcp: "host" }
`),
    [
      '2 unknown key "service"; did you mean "services"?',
      '1 name: must be the folder\'s name "web", got "wbe"',
      '6 services/web: unknown key "placment"; did you mean "placement"?',
      '5 services/web: placement: is missing',
      '8 services/web/files/0: unknown key "dest2"; did you mean "dest"?',
      '8 services/web/files/0/mode: must be a quoted octal text like "0600", got 600',
      '8 services/web/files/0: dest: is missing',
      '10 services/web/daemon: unknown key "comand"; did you mean "command"?',
      '10 services/web/daemon: command: is missing',
      '11 services/web/daemon/ready/tcp: must be HOST:PORT, got "host"',
    ],
  )
})

const single: readonly (readonly [what: string, yaml: string, expected: RegExp])[] = [
  ['a service without a daemon', web(''), /a service needs a daemon/],
  ['a wrong type', web(`    cpus: many\n${daemon}`), /cpus: must be a number of at least 0.001, got "many"/],
  [
    'an undefined variable',
    web(`    mem: "<%= prt %>"\n${daemon}`),
    /mem: variable "prt" is undefined; did you mean "port"/,
  ],
  [
    'a port that is none',
    web(`    ports: { a: 70000 }\n${daemon}`),
    /ports\/a: must be a whole number from 1 to 65535/,
  ],
  [
    'a requirement in another form',
    web(daemon.replace('command: [web]', 'command: [web]\n      requires: [mariadb]')),
    /must be SERVICE\/COMMAND/,
  ],
  [
    'two kinds of ready checks',
    web(daemon.replace('none: true', 'none: true, exec: [a]')),
    /exactly one of http, tcp, exec, none; got exec, none/,
  ],
  ['no ready check', web('    daemon: { command: [a] }\n'), /ready: is missing/],
  [
    'a volume of two kinds',
    web(`    volumes: [{ name: a, host: /a, path: /b }]\n${daemon}`),
    /needs either name or host/,
  ],
  ['a command named daemon', web(`    commands: { daemon: { command: [a] } }\n${daemon}`), /not "daemon"/],
  ['a list in place of a map', web(`    ports: [80]\n${daemon}`), /ports: must be a map, got \[80\]/],
  [
    'a name that Marathon refuses',
    'name: web\nservices:\n  We_b: { image: a, placement: b, daemon: { command: [a], ready: { none: true } } }\n',
    /small letters, digits and -/,
  ],
  [
    'a job with a repeated command',
    'name: web\njobs:\n  j: { image: a, placement: b, commands: { c: { command: [a] } } }\n',
    /need run_once: true/,
  ],
  ['the same key twice', 'name: web\nname: web\n', /Map keys must be unique/],
  [
    'a reload without a signal',
    web(daemon.replace('ready:', 'on_config_change: { reload: HUP }\n      ready:')),
    /must be restart, ignore, or \{ reload: SIGHUP \}/,
  ],
]
for (const [what, yaml, expected] of single) {
  test(`refuses ${what}`, () => {
    const problems = problemsIn(yaml)
    assert.is(problems.length, 1, problems.join('\n'))
    assert.match(problems[0] ?? '', expected)
  })
}

test('profiles are lists of role names', () => {
  const { profiles, problems } = parseProfiles({
    file: 'roles/profiles.yml',
    text: 'minimal: [a, b]\nother: a\n',
  })
  assert.equal(profiles.minimal, ['a', 'b'])
  assert.match(problems[0]?.message ?? '', /other: must be a list/)
})

test.run()
