import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { secret } from '../../src/kernel/secret.ts'
import { evaluate, renderText, renderValue } from '../../src/templates/render.ts'

const origin = { file: 'keystone.conf.ejs' }
const context = { name: 'a&b', ports: [80, 443], host: { address: '10.0.0.1' }, flag: false, nothing: null }

test('prints values without HTML escaping, data as JSON, null as nothing', () => {
  assert.is(
    renderText('<%= name %> <%= ports %> [<%= nothing %>] <%= flag %>', context, origin),
    'a&b [80,443] [] false',
  )
})

test('loops and trims lines as EJS does', () => {
  assert.is(
    renderText('<% for (const port of ports) { -%>\nport <%= port %>\n<% } -%>\nend', context, origin),
    'port 80\nport 443\nend',
  )
})

test('white space around a single expression belongs to a text or a number, not to a list', () => {
  const context = { name: 'a', number: 2, list: [1] }
  const render = (text: string): unknown => renderValue(text, context, { file: 'f.yml' })
  assert.is(render('<%= name %>\n'), 'a\n')
  assert.is(render('<%= number %>\n'), '2\n')
  assert.equal(render('<%= list %>\n'), [1])
})

test('a single expression keeps its type, text around it makes text', () => {
  const value = {
    list: '<%= ports %>',
    number: '<%= ports[0] %>',
    text: ':<%= ports[0] %>',
    deep: [{ x: ' <%= flag %> ' }],
  }
  assert.equal(renderValue(value, context, origin), {
    list: [80, 443],
    number: 80,
    text: ':80',
    deep: [{ x: false }],
  })
})

test('an expression may hold %> nowhere but in a text of two tags', () => {
  assert.is(renderValue('<%= ports[0] %>-<%= ports[1] %>', context, origin), '80-443')
})

test('an undefined variable is an error with file, line and the nearest name', () => {
  assert.throws(
    () => renderText('one\ntwo\n<%= nmae %>', context, { file: 'x.ejs', line: 10 }),
    (error: Error) => error.message === 'x.ejs:12: variable "nmae" is undefined; did you mean "name"?',
  )
})

test('an undefined member is an error too', () => {
  assert.throws(
    () => renderText('<%= host.adress %>', context, origin),
    /keystone.conf.ejs:1: the value is undefined/,
  )
})

test('templates do not see the process', () => {
  for (const name of ['process', 'globalThis', 'require', 'fetch', 'console']) {
    assert.throws(() => renderText(`<%= ${name}.x %>`, context, origin), /is undefined/, name)
  }
})

test('a secret that slipped into the context is an error, not three stars in a file', () => {
  assert.throws(
    () => renderText('<%= password %>', { password: secret('abcdef') }, origin),
    /secret cannot be printed/,
  )
})

test('a text that is no template is returned as it is', () => {
  assert.is(renderText('50% <b> {{ jinja }}', context, origin), '50% <b> {{ jinja }}')
})

test('a template that does not compile is an error with its file', () => {
  assert.throws(() => renderText('<% if ( %>', context, origin), /keystone.conf.ejs:1: /)
})

test('conditions are JavaScript over the variables', () => {
  assert.is(evaluate('ports.includes(443) && host.address.startsWith("10.")', context, origin), true)
  assert.throws(
    () => evaluate('prts.length', context, { file: 'site.yml', line: 7 }),
    /site.yml:7: variable "prts" is undefined; did you mean "ports"/,
  )
})

test('include is there only where the context brings it', () => {
  assert.throws(() => renderText('<%- include("log") %>', context, origin), /variable "include" is undefined/)
  assert.is(
    renderText('<%- include("log", 2) %>', { include: (name: string, n: number) => `${name}${n}` }, origin),
    'log2',
  )
})

test.run()
