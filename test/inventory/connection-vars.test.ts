import { inspect } from 'node:util'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { connectionSettings } from '../../src/inventory/connection-vars.ts'
import { ConfigError } from '../../src/kernel/errors.ts'

function settings(vars: Record<string, unknown>) {
  return connectionSettings({ name: 'h', groups: [], vars })
}

test('a host without variables is dialed by its name', () => {
  assert.equal(settings({}), {
    host: 'h',
    kind: 'ssh',
    address: 'h',
    sshOptions: [],
    become: { always: false, user: 'root', method: 'sudo' },
  })
})

test('reads what Ansible reads, and our names are stronger', () => {
  const read = settings({
    ansible_host: '10.0.0.1',
    ansible_port: '2222',
    ansible_user: 'u',
    ansible_become: 'yes',
    ansible_become_user: 'x',
    ansible_become_method: 'su',
    kmesos_user: 'k',
  })
  assert.equal(
    [read.address, read.port, read.user, read.become.always, read.become.user, read.become.method],
    ['10.0.0.1', 2222, 'k', true, 'x', 'su'],
  )
  assert.is(settings({ ansible_connection: 'local' }).kind, 'local')
})

test('passwords are secrets, numbers too', () => {
  const read = settings({ ansible_password: 123456, ansible_become_password: 'becomepass' })
  assert.is(read.password?.reveal(), '123456')
  assert.not.match(`${inspect(read, { depth: 9 })}${JSON.stringify(read)}`, /123456|becomepass/)
})

test('reads ssh arguments as ssh does', () => {
  const read = settings({
    ansible_ssh_common_args: `-C -J a,b -o StrictHostKeyChecking=no -o 'ProxyCommand ssh -W %h:%p x' -i /key -p22 -F /cfg`,
  })
  assert.is(read.sshConfigFile, '/cfg')
  assert.equal(
    read.sshOptions.map((option) => `${option.name}=${option.value}`),
    [
      'ProxyJump=a,b',
      'StrictHostKeyChecking=no',
      'ProxyCommand=ssh -W %h:%p x',
      'IdentityFile=/key',
      'Port=22',
    ],
  )
})

test('tells every variable at fault by its name, without its secret', () => {
  try {
    settings({
      ansible_port: 'x',
      ansible_become_method: 'sudoo',
      ansible_password: ['hidden'],
      ansible_ssh_common_args: '-Z',
    })
    assert.unreachable()
  } catch (error) {
    assert.instance(error, ConfigError)
    assert.equal(
      (error as ConfigError).problems.map((problem) => problem.where),
      ['h/ansible_ssh_common_args', 'h/ansible_port', 'h/ansible_password', 'h/ansible_become_method'],
    )
    assert.match((error as ConfigError).detail ?? '', /did you mean "sudo"/)
    assert.not.match((error as ConfigError).detail ?? '', /hidden/)
  }
})

test.run()
