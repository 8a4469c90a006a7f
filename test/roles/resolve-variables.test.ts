import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseDefaults, resolveVariables } from '../../src/roles/resolve-variables.ts'

const resolve = (text: string, functions = {}): ReturnType<typeof resolveVariables> =>
  resolveVariables(parseDefaults({ file: 'defaults.yml', text }).variables, functions)

test('variables use each other in any order and keep their types', () => {
  const { variables, problems } = resolve('a: "<%= b + 1 %>"\nb: 2\nc: { d: ["<%= a %>", "x<%= b %>"] }\n')
  assert.equal(problems, [])
  assert.equal(variables, { a: 3, b: 2, c: { d: [3, 'x2'] } })
})

test('variables call the functions that they are given', () => {
  const addresses = (group: string): readonly string[] => [`${group}-1`]
  assert.is(resolve(`a: "<%= addresses('db')[0] %>"\n`, { addresses }).variables.a, 'db-1')
})

test('a circle is a problem that names the way', () => {
  const { problems } = resolve('a: "<%= b %>"\nb: "<%= c %>"\nc: "<%= a %>"\nd: 1\n')
  assert.is(problems.length, 1)
  assert.is(problems[0]?.where, 'defaults.yml:1')
  assert.match(problems[0]?.message ?? '', /in a circle: a -> b -> c -> a/)
})

test('what uses a variable that has a fault has none of its own', () => {
  const { failed, problems } = resolve('b: "<%= a %>/x"\na: "<%= prt %>"\nc: "<%= b %>:<%= a %>"\nport: 1\n')
  assert.equal(problems, [
    { where: 'defaults.yml:2', message: 'a: variable "prt" is undefined; did you mean "port"?' },
  ])
  assert.equal([...failed].sort(), ['a', 'b', 'c'])
})

test('an undefined variable is told with the nearest name, and others are resolved all the same', () => {
  const { variables, problems } = resolve('port: 5\nurl: "<%= prt %>"\n')
  assert.equal(problems, [
    { where: 'defaults.yml:2', message: 'url: variable "prt" is undefined; did you mean "port"?' },
  ])
  assert.is(variables.port, 5)
})

test.run()
