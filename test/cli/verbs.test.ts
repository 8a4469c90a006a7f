import { execFileSync } from 'node:child_process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { completeWords, lastPartOf } from '../../src/cli/complete-words.ts'
import { formatGroupHelp, formatProgramHelp, formatVerbHelp, helpWidth } from '../../src/cli/format-help.ts'
import { parseArguments } from '../../src/cli/parse-arguments.ts'
import { groupVerbs } from '../../src/cli/verb-groups.ts'
import { verbs } from '../../src/cli/verbs.ts'

const options = verbs.flatMap((verb) => verb.options.map((option) => ({ verb: verb.name, ...option })))

test('every verb has a summary, help, and examples that parse as they stand', () => {
  for (const verb of verbs) {
    assert.match(verb.summary, /^[A-Z].*[^.]$/, verb.name)
    // The program itself asks for these, whatever the verb.
    for (const needed of ['help', 'output', 'verbose', 'quiet', 'no-color']) {
      assert.ok(
        verb.options.some((option) => option.name === needed),
        `${verb.name} --${needed}`,
      )
    }
    assert.ok(verb.examples.length > 0, verb.name)
    for (const example of verb.examples) {
      const parsed = parseArguments(wordsOf(example), verbs, {})
      assert.is(parsed.kind === 'run' ? parsed.verb.name : parsed.kind, verb.name, example)
    }
  }
})

/** The words of an example as a shell would part them; redirections are the shell's. */
function wordsOf(example: string): readonly string[] {
  const text = execFileSync(
    'bash',
    ['-c', `kmesos() { printf '%s\\0' "$@"; }; ${example.replace(/ > .*/, '')}`],
    {
      encoding: 'utf8',
    },
  )
  return text.split('\0').slice(0, -1)
}

test('a letter means the same option in every verb', () => {
  const meanings = new Map<string, Set<string>>()
  for (const { short, name } of options) {
    if (short !== undefined) meanings.set(short, (meanings.get(short) ?? new Set()).add(name))
  }
  const torn = [...meanings]
    .filter(([, names]) => names.size > 1)
    .map(([letter, names]) => [letter, ...names])
  assert.equal(torn, [])
})

test('no verb has an option twice', () => {
  const seen = options.map(({ verb, name }) => `${verb} --${name}`)
  assert.equal(
    seen.filter((entry, index) => seen.indexOf(entry) !== index),
    [],
  )
})

test('help of the program, of every word and every verb keeps within 80 columns, with an example', () => {
  const program = formatProgramHelp(verbs)
  const words = new Set(verbs.filter(({ name }) => name.includes(' ')).map(({ name }) => name.split(' ')[0]))
  const groups = [...words].map((word = '') => formatGroupHelp(word, verbs))
  for (const text of [program, ...groups, ...verbs.map(formatVerbHelp)]) {
    assert.match(text, /^Examples?:\n {2}kmesos /m)
    for (const line of text.split('\n')) assert.ok(line.length <= helpWidth, line)
  }
  for (const verb of verbs) {
    assert.ok(program.includes(`  ${verb.name} `), verb.name)
    const help = formatVerbHelp(verb)
    for (const option of verb.options) {
      assert.is(
        help.split(`--${option.name}${option.value === undefined ? '' : ` ${option.value}`}  `).length,
        2,
        help,
      )
    }
  }
})

test('every verb stands under a topic of its own choice', () => {
  const groups = groupVerbs(verbs)
  assert.equal(
    groups.flatMap((group) => group.verbs.map(({ name }) => name)).sort(),
    verbs.map(({ name }) => name).sort(),
  )
  assert.equal(
    groups.map(({ title }) => title),
    ['Hosts and inventories', 'The cluster, and playbooks of your own', 'Services', 'This machine'],
  )
})

test('words are completed by what stands before them', () => {
  const complete = (line: string): readonly string[] => completeWords(line.split(' '), verbs).candidates
  assert.equal(complete('boot'), ['bootstrap'])
  assert.equal(complete('inventory gr'), ['graph'])
  assert.equal(complete('help inventory gr'), ['graph'])
  assert.equal(complete('versi'), ['version'])
  assert.equal(complete('-i hosts inventory gr'), ['graph'])
  assert.equal(complete('deploy --output j'), ['json'])
  assert.equal(complete('deploy --output=j'), ['--output=json'])
  assert.equal(complete('deploy --prof'), ['--profile'])
  assert.equal(completeWords(['ping', '-i', 'a', '--inventory=b', ''], verbs).hostsOf, ['a', 'b'])
  assert.equal(completeWords(['play', 'site.yml', '-i', 'a', '-l', ''], verbs).hostsOf, ['a'])
  assert.equal(completeWords(['play', 'si'], verbs), { candidates: [] })
  assert.equal(lastPartOf('web,!c0'), ['web,!', 'c0'])
})

test.run()
