import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { exitCodeOf, formatError, Interrupted } from '../../src/cli/format-error.ts'
import {
  ConfigError,
  FailedError,
  InternalError,
  LockedError,
  QuorumError,
  TimeoutError,
  UnreachableError,
  UsageError,
} from '../../src/kernel/errors.ts'
import { paintOf } from '../../src/reporter/paint.ts'

const view = { paint: paintOf(false), verbose: false }

test('each kind of error has its exit code', () => {
  const errors = [
    new FailedError(''),
    new UsageError(''),
    new ConfigError(''),
    new UnreachableError(''),
    new QuorumError(''),
    new LockedError(''),
    new TimeoutError(''),
    new InternalError(''),
    new TypeError('undefined is not a function'),
    'a text',
    new Interrupted('SIGINT'),
    new Interrupted('SIGTERM'),
  ]
  assert.equal(errors.map(exitCodeOf), [1, 2, 3, 4, 5, 6, 7, 70, 70, 70, 130, 143])
})

test('an error says what, the evidence, the way out, and where the log is', () => {
  const error = new UnreachableError('cannot open SSH to h1 (10.0.0.1:22): connection refused', {
    detail: 'two\nlines',
    hint: 'check the address in the inventory',
    cause: new Error('ECONNREFUSED'),
  })
  assert.equal(formatError(error, { ...view, logFile: 'run.log' }), [
    'error: cannot open SSH to h1 (10.0.0.1:22): connection refused',
    '    two',
    '    lines',
    'hint: check the address in the inventory',
    'log: run.log',
  ])
})

test('all faults of a file are listed', () => {
  const error = new ConfigError('inventory/prod has 2 problems:', [
    { where: 'inventory/prod:3', message: 'unknown key "hots"' },
    { where: 'inventory/prod:9', message: 'no such group' },
  ])
  assert.equal(formatError(error, view).slice(1), [
    '    inventory/prod:3: unknown key "hots"',
    '    inventory/prod:9: no such group',
  ])
})

test("a user's mistake shows no stack unless verbose, and then its causes too", () => {
  const error = new LockedError('locked', { cause: new Error('the cause') })
  assert.not.match(formatError(error, view).join('\n'), /the cause|\bat /)
  assert.match(
    formatError(error, { ...view, verbose: true }).join('\n'),
    /caused by: Error: the cause\n\s+at /,
  )
})

test('our own fault shows its stack and where to report it', () => {
  for (const error of [new InternalError('no applier for put-app'), new TypeError('x is undefined')]) {
    const text = formatError(error, view).join('\n')
    assert.match(text, /^internal error: /)
    assert.match(text, /\n\s+at .*format-error\.test/)
    assert.match(text, /report it/)
  }
})

test('an interruption is found below what a door wrapped around it, and says how to go on', () => {
  const error = new UnreachableError('connection lost', { cause: new Interrupted('SIGINT') })
  assert.is(exitCodeOf(error), 130)
  assert.match(formatError(error, view).join('\n'), /interrupted by SIGINT\nhint: run the same command again/)
})

test.run()
