import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { formatCommands } from '../../src/cli/format-commands.ts'
import { helpWidth } from '../../src/cli/format-help.ts'
import { verbs } from '../../src/cli/verbs.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/commands.md'), 'utf8')

test('docs/commands.md is what the tables of the verbs say', () => {
  assert.is(page, formatCommands(verbs), 'write it anew with: npm run docs')
})

test('docs/commands.md names every verb and every option, in lines of 80 columns', () => {
  for (const verb of verbs) {
    assert.ok(page.includes(`\n### kmesos ${verb.name}\n`), verb.name)
    for (const { name } of verb.options) assert.ok(page.includes(`--${name}`), `${verb.name} --${name}`)
  }
  for (const line of page.split('\n')) assert.ok(line.length <= helpWidth, line)
})

test('every link to shared options leads to a heading of the page', () => {
  const headings = new Set(
    [...page.matchAll(/^#+ (.+)$/gm)].map(([, text = '']) => text.toLowerCase().replaceAll(' ', '-')),
  )
  const links = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, target = '']) => target)
  assert.ok(links.length > verbs.length)
  for (const target of links) assert.ok(headings.has(target), target)
})

test.run()
