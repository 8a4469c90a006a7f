import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { UsageError } from '../../src/kernel/errors.ts'
import { parseArguments, type Environment, type Parsed } from '../../src/cli/parse-arguments.ts'
import {
  connectionOptions,
  inventoryOptions,
  limitOptions,
  outputOptions,
  planOptions,
  tagOptions,
} from '../../src/cli/shared-options.ts'
import type { Request, Verb } from '../../src/cli/verb.ts'

const options = [
  ...inventoryOptions,
  ...limitOptions,
  ...connectionOptions,
  ...planOptions,
  ...tagOptions,
  ...outputOptions,
]
const verbOf = (name: string, words: string): Verb => ({
  name,
  summary: 'Does it',
  arguments: words,
  options,
  examples: [`kmesos ${name}`],
  screen: 'quiet',
  run: async () => undefined,
})
const verbs: readonly Verb[] = [
  verbOf('ping', '<PATTERN>'),
  verbOf('exec', '<PATTERN> [COMMAND...] [-- COMMAND...]'),
  verbOf('deploy', '[SERVICE...]'),
  verbOf('inventory list', ''),
  verbOf('inventory host', '<HOST>'),
]

function parse(line: string, environment: Environment = {}): Parsed {
  return parseArguments(line.split(' ').filter(Boolean), verbs, environment)
}

function requestOf(line: string, environment: Environment = {}): Request {
  const parsed = parse(line, environment)
  if (parsed.kind !== 'run') throw new Error(`${line} does not run anything`)
  return parsed.request
}

function faultOf(line: string, environment: Environment = {}): string {
  try {
    parse(line, environment)
  } catch (error) {
    assert.instance(error, UsageError)
    return (error as Error).message
  }
  return 'no fault'
}

test('repeated options are kept in their order', () => {
  const { options: given, words } = requestOf('ping all -i a -i b --inventory=c')
  assert.equal(given.list('inventory'), ['a', 'b', 'c'])
  assert.equal(words, ['all'])
})

test('letters may be joined with their value and with each other', () => {
  const { options: given } = requestOf('ping all -ia -i=b -CDv -l x')
  assert.equal(given.list('inventory'), ['a', 'b'])
  assert.equal(
    ['check', 'diff', 'verbose'].map((name) => given.flag(name)),
    [true, true, true],
  )
  assert.is(given.text('limit'), 'x')
})

test('options may stand before the verb', () => {
  const { options: given, words } = requestOf('-i inv --check ping all')
  assert.equal(given.list('inventory'), ['inv'])
  assert.is(given.flag('check'), true)
  assert.equal(words, ['all'])
})

test('numbers in texts stay as they were typed', () => {
  const { options: given, words } = requestOf('exec 007 1e3 --limit 0123 -e 5 --user=010')
  assert.equal(words, ['007', '1e3'])
  assert.is(given.text('limit'), '0123')
  assert.equal(given.list('extra-vars'), ['5'])
  assert.is(given.text('user'), '010')
})

test('the words after -- are left alone', () => {
  const { words, rest } = requestOf('exec web -i inv -- ls -la --limit 5')
  assert.equal([words, rest], [['web'], ['ls', '-la', '--limit', '5']])
})

test('verbs of two words are found, with what follows them', () => {
  const parsed = parse('inventory host h1 -i inv')
  assert.is(parsed.kind === 'run' ? parsed.verb.name : '', 'inventory host')
  assert.equal(parsed.kind === 'run' ? parsed.request.words : [], ['h1'])
})

test('tags may be given with commas and again', () => {
  assert.equal(requestOf('deploy --tags a,b -t c').options.words('tags'), ['a', 'b', 'c'])
})

test('the environment stands in for what was not typed', () => {
  const environment = { KMESOS_INVENTORY: 'a,b', KMESOS_FORKS: '7', KMESOS_CHECK: 'yes', KMESOS_LIMIT: 'x' }
  const { options: given } = requestOf('ping all --limit typed', environment)
  assert.equal(given.list('inventory'), ['a', 'b'])
  assert.is(given.number('forks'), 7)
  assert.is(given.flag('check'), true)
  assert.is(given.text('limit'), 'typed')
})

test('an option that nobody gave has its fallback', () => {
  const { options: given } = requestOf('ping all')
  assert.is(given.number('forks'), 50)
  assert.is(given.flag('check'), false)
  assert.is(given.text('limit'), undefined)
})

const faults: readonly (readonly [string, string])[] = [
  ['pnig all', 'unknown verb "pnig"; did you mean "ping"?'],
  ['inventory lst', 'kmesos inventory: unknown verb "lst"; did you mean "list"?'],
  ['ping all --invntory x', 'unknown option "--invntory"; did you mean "--inventory"?'],
  ['ping all --ask-pas', 'unknown option "--ask-pas"; did you mean "--ask-pass"?'],
  ['ping', 'kmesos ping needs <PATTERN>'],
  ['ping all more words', 'kmesos ping does not take "more words"'],
  ['ping all -- uptime', 'kmesos ping takes nothing after --'],
  ['ping all --forks many', '--forks must be a whole number; got "many"'],
  ['ping all --output xml', '--output must be one of tree, lines, json; got "xml"'],
  ['ping all --limit', '--limit needs a value'],
  [
    'ping all --forks x --output y',
    '--forks must be a whole number; got "x"; --output must be one of tree, lines, json; got "y"',
  ],
]
for (const [line, message] of faults) {
  test(`"${line}" is refused: ${message}`, () => assert.is(faultOf(line), message))
}

test('a fault of the environment names the variable', () => {
  assert.is(faultOf('ping all', { KMESOS_FORKS: 'x' }), 'KMESOS_FORKS must be a whole number; got "x"')
})

test('help is given for the program, for a verb, and for verbs below one word', () => {
  const helps = [
    '',
    '--help',
    'help',
    'ping --help',
    'help ping',
    'inventory',
    'inventory --help',
    '-h deploy',
  ].map((line) => {
    const parsed = parse(line)
    return parsed.kind === 'help' ? (parsed.verb?.name ?? parsed.under ?? 'program') : parsed.kind
  })
  assert.equal(helps, ['program', 'program', 'program', 'ping', 'ping', 'inventory', 'inventory', 'deploy'])
  assert.equal(parse('--version'), { kind: 'version' })
  assert.equal(parse('version'), { kind: 'version' })
})

test.run()
