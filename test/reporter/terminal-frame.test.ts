import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { TerminalFrame } from '../../src/reporter/terminal-frame.ts'

interface Drawn {
  readonly frame: TerminalFrame
  readonly size: { columns: number; rows: number }
  /** What was written since the last time, escapes as `cat -v` shows them. */
  readonly written: () => string
}

function newFrame(): Drawn {
  const size = { columns: 20, rows: 10 }
  let text = ''
  const frame = new TerminalFrame({
    write: (more) => void (text += more),
    columns: () => size.columns,
    rows: () => size.rows,
  })
  const written = (): string => {
    const shown = text.replaceAll('\u001b', '^[').replaceAll('\r', '^M')
    text = ''
    return shown
  }
  return { frame, size, written }
}

test('only lines that differ are written again, and nothing when none does', () => {
  const { frame, written } = newFrame()
  frame.draw(['a', 'b', 'c'])
  assert.is(written(), '^[[?25l^M^[[Ja^[[K\nb^[[K\nc^[[K\n^[[J')
  frame.draw(['a', 'B', 'c'])
  assert.is(written(), '^M^[[3A\nB^[[K\n\n^[[J')
  frame.draw(['a', 'B', 'c'])
  assert.is(written(), '')
  frame.draw(['a'])
  assert.is(written(), '^M^[[3A\n^[[J')
})

test('after the terminal became narrower, the lines that it broke are counted, and all is drawn anew', () => {
  const { frame, size, written } = newFrame()
  frame.draw(['\u001b[31m123456789012345\u001b[39m', 'b'])
  written()
  size.columns = 10
  frame.draw(['123456789', 'b'])
  assert.is(written(), '^M^[[3A^[[J123456789^[[K\nb^[[K\n^[[J')
})

test('after the terminal became lower, all is drawn anew', () => {
  const { frame, size, written } = newFrame()
  frame.draw(['a', 'b'])
  written()
  size.rows = 4
  frame.draw(['a', 'b'])
  assert.is(written(), '^M^[[2A^[[Ja^[[K\nb^[[K\n^[[J')
})

test('what stays takes the place of what moved, and the cursor comes back', () => {
  const { frame, written } = newFrame()
  frame.draw(['a', 'b'])
  written()
  frame.finish(['done'])
  assert.is(written(), '^M^[[2A^[[Jdone\n^[[?25h')
  frame.finish(['more'])
  assert.is(written(), 'more\n')
})

test('for a question the lines are taken away, and the cursor comes back', () => {
  const { frame, written } = newFrame()
  frame.draw(['a'])
  written()
  frame.clear()
  assert.is(written(), '^M^[[1A^[[J^[[?25h')
  frame.clear()
  assert.is(written(), '')
})

test.run()
