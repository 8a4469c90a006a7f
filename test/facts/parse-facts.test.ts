import { execFileSync } from 'node:child_process'
import { hostname } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { factsScript } from '../../src/facts/facts-script.ts'
import { parseFacts } from '../../src/facts/parse-facts.ts'

test('tells this machine by its own script, in dash', () => {
  const facts = parseFacts(execFileSync('dash', ['-s'], { input: factsScript, encoding: 'utf8' }))
  assert.is(facts.hostname, hostname())
  assert.is(facts.architecture, process.arch === 'x64' ? 'x86_64' : 'aarch64')
  assert.ok(facts.cpus > 0 && facts.memory_mb > 0 && facts.disk.total_mb > 0)
  assert.ok(Math.abs(facts.time - Date.now() / 1000) < 60)
  assert.is(facts.user.uid, process.getuid?.())
})

test('takes the address of the interface that leads out', () => {
  const facts = parseFacts(
    [
      '## os',
      'ID=rocky',
      'ID_LIKE="rhel centos fedora"',
      'VERSION_ID="9.3"',
      '## address',
      '1: lo    inet 127.0.0.1/8 scope host lo',
      '2: eth0    inet 192.0.2.5/24 brd 192.0.2.255 scope global eth0',
      '3: eth1    inet 198.51.100.7/24 scope global eth1',
      '3: eth1    inet6 fe80::1/64 scope link',
      '## route',
      'Iface\tDestination\tGateway',
      'eth1\t00000000\t016433C6',
      '## docker',
      '24.0.5 1.43',
      '2 systemd',
    ].join('\n'),
  )
  assert.equal(facts.default_ipv4, { address: '198.51.100.7', interface: 'eth1' })
  assert.is(facts.addresses.length, 4)
  assert.is(facts.os.family, 'redhat')
  assert.equal(
    [facts.docker.version, facts.docker.api_version, facts.docker.cgroup_version],
    ['24.0.5', '1.43', '2'],
  )
})

test('says why a Docker that is there does not run, and never fails on silence', () => {
  const facts = parseFacts('## docker\n\nCannot connect to the Docker daemon\n')
  assert.equal([facts.docker.installed, facts.docker.running], [true, false])
  assert.match(facts.docker.error, 'Cannot connect')
  assert.is(parseFacts('').hostname, '')
  assert.is(parseFacts('## docker\nmissing\n').docker.installed, false)
})

test.run()
