import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ConfigError } from '../../src/kernel/errors.ts'
import { parseSshConfig } from '../../src/connection/ssh-config.ts'
import { typeOptions, type SshOptions } from '../../src/connection/ssh-options.ts'
import { collectOptions, type SshQuery } from '../../src/connection/ssh-resolve.ts'

const query: SshQuery = {
  originalHost: 'web1',
  localUser: 'me',
  localHost: 'here.lan',
  home: '/home/me',
  uid: 7,
}

function optionsOf(text: string, asked: Partial<SshQuery> = {}, included = ''): SshOptions {
  const config = parseSshConfig(text, 'config', { include: () => [{ file: 'included', text: included }] })
  assert.equal(config.problems, [])
  const whole = { ...query, ...asked }
  return typeOptions(collectOptions([config], whole), whole)
}

test('the first value wins, identities add up', () => {
  const options = optionsOf(
    'Host web*\n  User=a\n  IdentityFile ~/k1\nHost *\n  User b\n  Port 2222\n  IdentityFile "%d/k 2"\n',
  )
  assert.equal(
    [options.user, options.port, options.identityFiles],
    ['a', 2222, ['/home/me/k1', '/home/me/k 2']],
  )
})

test('the inventory is stronger than the configuration', () => {
  const options = optionsOf('User a\nPort 1\n', { user: 'inv', port: 2 })
  assert.equal([options.user, options.port], ['inv', 2])
})

test('a negated pattern takes a host out', () => {
  assert.is(optionsOf('Host web* !web1\n  Port 9\n').port, 22)
  assert.is(optionsOf('Host web* !web1\n  Port 9\n', { originalHost: 'web2' }).port, 9)
})

test('Match looks at host, user and the rest; final runs in a second pass', () => {
  assert.is(optionsOf('HostName %h.lan\nMatch host web1.lan user me\n  Port 5\n').port, 5)
  assert.is(optionsOf('Match !originalhost web1\n  Port 5\n').port, 22)
  assert.is(optionsOf('Match final host web1.lan\n  Port 6\nMatch all\n  HostName web1.lan\n').port, 6)
})

test('an Include inside of a block holds only there', () => {
  assert.is(optionsOf('Host other\n  Include x\nHost *\n  Port 3\n', {}, 'Port 1\n').port, 3)
  assert.is(optionsOf('Host web1\n  Include x\nHost *\n  Port 3\n', {}, 'Port 1\n').port, 1)
})

test('ProxyJump beats ProxyCommand, none switches it off', () => {
  const both = optionsOf('ProxyJump a,b\nProxyCommand nc %h %p\n')
  assert.equal([both.proxyJump, both.proxyCommand], ['a,b', undefined])
  assert.is(optionsOf('ProxyCommand nc %h %p\n').proxyCommand, 'nc web1 22')
  assert.is(optionsOf('ProxyJump none\n').proxyJump, undefined)
})

test('all faults of a file are told with their lines', () => {
  const text = 'Port\nProt 22\nUser "open\nPort x\nUser a b\nMatch colour red\nForwardAgent yes\n'
  const { problems } = parseSshConfig(text, 'config', { include: () => [] })
  assert.equal(
    problems.map(({ where, message }) => `${where}: ${message}`),
    [
      'config:1: Port has no value',
      'config:2: OpenSSH has no option "Prot"; did you mean "port"?',
      'config:3: User: a quote is not closed',
      'config:4: port must be a port from 1 to 65535; got "x"',
      'config:5: user takes one value; got 2',
      'config:6: Match colour is not supported; known are all, canonical, final, host, originalhost, user, localuser, exec, tagged',
    ],
  )
})

test('Match exec runs nothing unless it is allowed, and says how to allow it', () => {
  const text =
    'Match host other exec "touch /never"\n  Port 1\nMatch host web1 exec "test %h = web1"\n  Port 5\n'
  const error = (() => {
    try {
      return optionsOf(text)
    } catch (thrown) {
      return thrown as ConfigError
    }
  })()
  assert.instance(error, ConfigError)
  assert.match((error as ConfigError).message, /^config:3: Match exec wants to run: test web1 = web1$/)
  assert.match((error as ConfigError).hint ?? '', /--ssh-config-exec/)
  const ran: string[] = []
  const exec = (command: string): boolean => ran.push(command) > 0
  assert.is(optionsOf(text, { exec }).port, 5)
  assert.equal(ran, ['test web1 = web1'])
})

test('a file that includes itself ends', () => {
  const { problems } = parseSshConfig('Include x', 'config', {
    include: () => [{ file: 'x', text: 'Include x' }],
  })
  assert.match(problems[0]?.message ?? '', /deeper than 16/)
})

test.run()
