import { chmod, cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { assertFailure, openKmesosProgram, type KmesosProgram } from '../support/kmesos-program.ts'

const test = suite('bad input, through the bundled program')
const project = join(import.meta.dirname, '../..')
const allInOne = join(project, 'inventory/all-in-one')
let kmesos: KmesosProgram

test.before.each(async () => {
  kmesos = await openKmesosProgram('bad-input')
})
test.after.each(() => kmesos.close())

/** A copy of what --base takes. */
async function copyBase(): Promise<string> {
  for (const name of ['roles', 'bootstrap', 'templates', 'package.json']) {
    await cp(join(project, name), join(kmesos.folder, 'base', name), { recursive: true })
  }
  return join(kmesos.folder, 'base')
}

async function replaceIn(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(file, 'utf8')
  assert.ok(text.includes(from), `${file} has no ${from}`)
  await writeFile(file, text.replace(from, to))
}

const words: readonly (readonly [readonly string[], string | RegExp, string | RegExp])[] = [
  [['bootstrp'], 'unknown verb "bootstrp"; did you mean "bootstrap"?', 'kmesos --help'],
  [['deploy', '--chekc'], 'unknown option "--chekc"; did you mean "--check"?', 'kmesos deploy --help'],
  [['bootstrap'], 'no inventory is given; say where the hosts are with -i FILE', '--help'],
  [['bootstrap', '-i', 'x', '--forks', 'many'], '--forks must be a whole number; got "many"', '--help'],
  [
    ['ping', 'all', '-i', 'x', '--output', 'jsn'],
    '--output must be one of tree, lines, json; got "jsn"',
    '--help',
  ],
  [['why', '-i', allInOne], 'kmesos why needs <SERVICE>', 'kmesos why --help'],
  [['ping', 'al', '-i', allInOne], 'unknown host or group "al"; did you mean "all"?', 'inventory graph'],
  [
    ['bootstrap', '-i', allInOne, '-l', 'aoi'],
    'limit "aoi": unknown host or group "aoi"; did you mean "aio"?',
    '',
  ],
]
for (const [typed, says, hint] of words) {
  test(`wrong words are refused with exit code 2: kmesos ${typed.slice(0, 2).join(' ')}`, async () => {
    assertFailure(await kmesos.run(typed), { code: 2, says: [says], hint })
  })
}

test('a missing inventory is named', async () => {
  const end = await kmesos.run(['bootstrap', '-i', 'nowhere'])
  assertFailure(end, { code: 3, says: ['nowhere: there is no such inventory file or folder'] })
})

test('all faults of an INI inventory are told at once, with their lines', async () => {
  await kmesos.write(
    'hosts',
    '[zookeeper]\nh1 oops\n[marathon:childern]\nx\n[mesos-slave\nh1\n[a:children]\nb\n',
  )
  assertFailure(await kmesos.run(['bootstrap', '-i', 'hosts']), {
    code: 3,
    says: [
      'inventory hosts has 4 problems:',
      'hosts:2: expected a variable as key=value after host "h1", got "oops"',
      'hosts:3: section [marathon:childern]: unknown type "childern"; did you mean "children"?',
      'hosts:5: invalid section "[mesos-slave"',
      'hosts:8: [a:children] includes unknown group "b"',
    ],
  })
})

test('unknown keys of a YAML inventory are refused with the nearest known key', async () => {
  await kmesos.write('hosts.yml', 'all:\n  hots: {h1: }\n  childern:\n    zookeeper:\n      varz: {a: 1}\n')
  assertFailure(await kmesos.run(['ping', 'all', '-i', 'hosts.yml']), {
    code: 3,
    says: [
      'hosts.yml:2: group "all": unknown key "hots"; did you mean "hosts"?',
      'hosts.yml:3: group "all": unknown key "childern"; did you mean "children"?',
    ],
  })
})

test('faults of connection variables are told for all hosts before any is dialed', async () => {
  await kmesos.write('hosts', 'h1 ansible_port=abc ansible_hots=10.0.0.1\nh2 ansible_become_method=suddo\n')
  assertFailure(await kmesos.run(['ping', 'all', '-i', 'hosts']), {
    code: 3,
    says: [
      'inventory hosts has 2 problems:',
      'h1/ansible_port: must be a port from 1 to 65535, got "abc"',
      'h2/ansible_become_method: "suddo" is not supported; did you mean "sudo"?',
    ],
  })
})

test('missing groups and a misspelled engine are told before any host is dialed', async () => {
  const groups = ['zookeeper', 'marathn', 'controller'].map((name) => `[${name}]\nh1\n`).join('')
  await kmesos.write('hosts', `${groups}[all:vars]\nengine=embeded\n`)
  assertFailure(await kmesos.run(['bootstrap', '-i', 'hosts']), {
    code: 3,
    says: [
      'unknown engine "embeded"; did you mean "embedded"?',
      'the group "marathon" is missing; is "marathn" meant to be it?',
      'the group "mesos-slave" is missing',
    ],
  })
})

test('a group that the roles need is told once, not at each place that asks for it', async () => {
  const groups = ['zookeeper', 'marathon', 'mesos-slave', 'controler']
    .map((name) => `[${name}]\nh1\n`)
    .join('')
  await kmesos.write('hosts', `${groups}[all:vars]\nengine=embedded\n`)
  for (const verb of [['bootstrap'], ['deploy'], ['graph'], ['password', 'init']]) {
    const end = await kmesos.run([...verb, '-i', 'hosts'])
    assertFailure(end, {
      code: 3,
      says: [
        /^error: .* 1 problem:\n {4}hosts: the group "controller" is missing, .*; is "controler" meant to be it\?\n/,
      ],
    })
    assert.not.match(end.stderr, 'defaults.yml')
  }
})

test('a misspelled variable is told with its line and the nearest name, once, and refuses nothing', async () => {
  const hosts = `[all:vars]\nenigne=embedded\n${await readFile(join(allInOne, 'hosts'), 'utf8')}`
  await kmesos.write('site/hosts', hosts)
  await kmesos.write(
    'site/group_vars/all.yml',
    '# image_sorce\nengine_port: 1\nmine: 1\nimage_sorce: registry\n',
  )
  await kmesos.write('more.yml', 'a: 1\nkeystone_prot: 5000\n')
  const given = ['-i', 'site/hosts', '-e', 'image_registy=r:5000', '-e', '@more.yml', '-e', 'ansible_hots=x']
  const end = await kmesos.run(['password', 'init', ...given])
  assert.is(end.code, 0, end.stderr)
  assert.equal(
    end.stdout
      .split('\n')
      .filter((line) => line.startsWith('warning: '))
      .sort(),
    [
      'warning: -e: nothing reads the variable "image_registy"; did you mean "image_registry"?',
      'warning: more.yml:2: nothing reads the variable "keystone_prot"; did you mean "keystone_port"?',
      `warning: site/group_vars/all.yml:4: nothing reads the variable "image_sorce"; did you mean "image_source"?`,
      'warning: site/hosts:2: nothing reads the variable "enigne"; did you mean "engine"?',
    ],
  )
})

test('misspelled names of connections are told with their line', async () => {
  await kmesos.write(
    'hosts',
    'h1 ansible_connection=local\nh2 ansible_connection=local\n[all:vars]\nansible_prot=22\n',
  )
  const end = await kmesos.run(['ping', 'all', '-i', 'hosts'])
  assert.is(end.code, 0, end.stderr)
  const told = (end.stdout + end.stderr).split('\n').filter((line) => line.includes('ansible_prot'))
  assert.equal(told, ['warning: hosts:4: unknown variable "ansible_prot"; did you mean "ansible_port"?'])
})

const extraVars = [
  ['{"a": ', /extra|-e|JSON/],
  ['@nowhere.yml', 'nowhere.yml'],
  ['oops', '-e "oops": expected key=value, got "oops"'],
] as const
for (const [given, says] of extraVars) {
  test(`-e ${given} is refused`, async () => {
    const end = await kmesos.run(['bootstrap', '-i', allInOne, '-e', given])
    assert.ok(end.code === 2 || end.code === 3, `exit code ${end.code}`)
    assertFailure(end, { code: end.code ?? 0, says: [says] })
  })
}

test('unknown keys of roles and components are refused at once: file, line, nearest known key', async () => {
  const base = await copyBase()
  await replaceIn(join(base, 'roles/memcached/service.yml'), 'placement:', 'placment:')
  await replaceIn(join(base, 'roles/mariadb/service.yml'), 'stop_grace:', 'stop_grase:')
  await replaceIn(join(base, 'bootstrap/zookeeper/tasks/main.yml'), 'restart_policy:', 'restart_polcy:')
  await replaceIn(join(base, 'bootstrap/engine/tasks/main.yml'), 'docker_image:', 'docker_imge:')
  await replaceIn(join(base, 'bootstrap/site.yml'), 'become: true', 'becom: true')
  assertFailure(await kmesos.run(['bootstrap', '-i', allInOne, '--base', base]), {
    code: 3,
    says: [
      /memcached\/service\.yml:6: .*unknown key "placment"; did you mean "placement"\?/,
      /mariadb\/service\.yml:\d+: .*unknown key "stop_grase"; did you mean "stop_grace"\?/,
      /zookeeper\/tasks\/main\.yml:\d+: .*"restart_polcy"; did you mean "restart_policy"\?/,
      /engine\/tasks\/main\.yml:\d+: .*"docker_imge"; did you mean "docker_image"\?/,
      /site\.yml:\d+: .*"becom"; did you mean "become"\?/,
    ],
  })
})

test('requirements on nobody and in a circle are told before anything starts', async () => {
  const base = await copyBase()
  await replaceIn(join(base, 'roles/keystone/service.yml'), 'mariadb/daemon', 'mariadb/daemn')
  await replaceIn(
    join(base, 'roles/memcached/service.yml'),
    '      ready:',
    '      requires: [keystone-api/daemon]\n      ready:',
  )
  const end = await kmesos.run(['graph', '-i', allInOne, '--base', base])
  assertFailure(end, {
    code: 3,
    says: [/service\.yml:\d+.*mariadb\/daemn/, /did you mean "daemon"|mariadb\/daemon/],
  })
})

test('services, profiles and passwords that are not there are told, and nothing is written', async () => {
  const inventory = ['-i', allInOne, '-e', 'ansible_host=192.0.2.1']
  assertFailure(await kmesos.run(['deploy', ...inventory, '--profile', 'minmal']), {
    code: 3,
    says: ['roles/profiles.yml: unknown profile "minmal"; did you mean "minimal"?'],
  })
  assertFailure(await kmesos.run(['deploy', ...inventory]), {
    code: 3,
    says: ['there is no passwords file .kmesos/passwords.yml'],
    hint: 'kmesos password init',
  })
  assert.equal(await readdir(join(kmesos.folder, '.kmesos')), ['runs'])
  assert.is((await kmesos.run(['password', 'init', ...inventory])).code, 0)
  assertFailure(await kmesos.run(['deploy', 'keystone-apy', ...inventory]), {
    code: 2,
    says: ['unknown service "keystone-apy"; did you mean "keystone-api"?'],
  })
  assert.equal((await readdir(join(kmesos.folder, '.kmesos'))).sort(), ['passwords.yml', 'runs'])
})

test('a spoiled passwords file is refused, its values are not shown, and init leaves it alone', async () => {
  const text = 'passwords:\n  keystone_admin_password: [geheim]\nkesy: {}\n'
  const file = await kmesos.write('.kmesos/passwords.yml', text)
  assertFailure(await kmesos.run(['deploy', '-i', allInOne]), {
    code: 3,
    says: ['.kmesos/passwords.yml holds secrets, but others may read it (mode 0644)'],
    hint: 'chmod 600 .kmesos/passwords.yml',
  })
  await chmod(file, 0o600)
  for (const verb of [['deploy'], ['password', 'init']]) {
    const end = await kmesos.run([...verb, '-i', allInOne])
    assertFailure(end, { code: 3, says: ['passwords.yml', 'unknown key "kesy"; did you mean "keys"?'] })
    assert.not.match(end.stdout + end.stderr, 'geheim')
  }
  assert.is(await readFile(file, 'utf8'), text)
})

test('every fault is one JSON event too, for programs that read', async () => {
  const end = await kmesos.run(['bootstrap', '-i', 'nowhere', '--output', 'json'])
  const events = end.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly kind: string; readonly exitCode?: number })
  assert.is(events.find((event) => event.kind === 'error')?.exitCode, 3)
})

test.run()
