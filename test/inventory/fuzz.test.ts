import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseExtraVars } from '../../src/inventory/extra-vars.ts'
import { finishInventory } from '../../src/inventory/finish-inventory.ts'
import { expandHostPattern } from '../../src/inventory/host-range.ts'
import { newDraft } from '../../src/inventory/inventory-draft.ts'
import { parseSource } from '../../src/inventory/parse-source.ts'
import { limitHosts, selectHosts } from '../../src/inventory/patterns.ts'
import { readIniValue } from '../../src/inventory/python-literal.ts'
import { splitWords } from '../../src/inventory/shell-words.ts'
import { ConfigError } from '../../src/kernel/errors.ts'
import { Secret } from '../../src/kernel/secret.ts'
import { parseEnvelope } from '../../src/vault/envelope.ts'
import { vaultOpener } from '../../src/vault/opener.ts'
import { encryptVault } from '../support/encrypt-vault.ts'
import { allCases } from './support/all-cases.ts'
import { iniText, oddText, seed, yamlText } from './support/generated.ts'
import { readAndList } from './support/read-and-list.ts'
import { patternInventory, patternQuestions } from './tables/patterns.ts'
import { refusedCases } from './tables/refusals.ts'

/**
 * Whatever the text, a parser gives a value or problems; never another error, a hang or a crash. Real inventories with
 * changes by chance reach deeper than random text does.
 */
const test = suite('fuzzing of the inventory parsers')
let cases = 0

const files = [...allCases, ...refusedCases].flatMap((one) => Object.entries(one.files))
const ofIni = files
  .filter(([name, text]) => !/\.(?:ya?ml|json)$/.test(name) && text.length < 2_000)
  .map(([, text]) => text)
const ofYaml = files
  .filter(([name, text]) => /\.(?:ya?ml|json)$/.test(name) && text.length < 2_000)
  .map(([, text]) => text)

/** A text with a few places cut out, doubled, overwritten or swapped. */
function mutated(seeds: readonly string[]): fc.Arbitrary<string> {
  const change = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat(8),
    what: fc.constantFrom('cut', 'double', 'replace'),
    by: fc.oneof(
      oddText,
      fc.constantFrom(
        '\n',
        '\t',
        '\u0000',
        '\uFEFF',
        '[',
        ']',
        '&a ',
        '*a',
        '<<: ',
        '!vault ',
        '\r',
        '\u2028',
      ),
    ),
  })
  return fc
    .tuple(fc.constantFrom(...seeds), fc.array(change, { minLength: 1, maxLength: 4 }))
    .map(([text, changes]) =>
      changes.reduce((result, { at, length, what, by }) => {
        const start = Math.floor(at * result.length)
        const [before, part, after] = [
          result.slice(0, start),
          result.slice(start, start + length),
          result.slice(start + length),
        ]
        return what === 'cut'
          ? before + after
          : what === 'double'
            ? before + part + part + after
            : before + by + after
      }, text),
    )
}

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: fc.constantFrom(...'[]{}():=#"\'\\!&*~,.-_ \n\tab01é'), maxLength: 80 }),
)

function fuzz(
  name: string,
  numRuns: number,
  plan: { text: fc.Arbitrary<string>; run: (text: string) => void },
): void {
  test(`${name}: ${numRuns} texts`, () => {
    fc.assert(
      fc.property(plan.text, (text) => {
        try {
          plan.run(text)
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error
        }
      }),
      { seed, numRuns },
    )
    cases += numRuns
  })
}

fuzz('INI', 14_000, {
  text: fc.oneof(
    { weight: 4, arbitrary: mutated(ofIni) },
    { weight: 2, arbitrary: anyText },
    { weight: 1, arbitrary: iniText },
  ),
  run: (text) => readAndList(text, 'hosts'),
})

fuzz('YAML and JSON', 12_000, {
  text: fc.oneof(
    { weight: 4, arbitrary: mutated(ofYaml) },
    { weight: 2, arbitrary: anyText },
    { weight: 1, arbitrary: yamlText },
  ),
  run: (text) => readAndList(text, 'hosts.yml'),
})

fuzz('host ranges', 8_000, {
  text: fc.oneof(
    mutated([
      'h[1:3]',
      'h[01:10:2]-[a:c]:22',
      '10.0.[1:2].[1:3]',
      '[2001:db8::1]:22',
      'a.b-c_d',
      'h[0:99999999]',
      'h[:5]',
    ]),
    anyText,
  ),
  run: (text) => {
    const found = expandHostPattern(text)
    assert.ok('fault' in found || found.names.length >= 0)
  },
})

const patternDraft = newDraft()
parseSource(patternInventory, 'hosts', { draft: patternDraft })
const inventory = finishInventory(patternDraft, {
  sources: ['hosts'],
  inventoryVars: [],
  playbookVars: [],
  extraVars: {},
})

fuzz('patterns', 8_000, {
  text: fc.oneof(mutated(patternQuestions.map(({ pattern }) => pattern)), anyText),
  run: (text) => {
    const found = selectHosts(inventory, text)
    if ('hosts' in found) limitHosts(inventory, found.hosts, [text])
  },
})

fuzz('Python literals', 8_000, {
  text: fc.oneof(
    mutated([
      '[1, 2.5, None]',
      "{'a': [True, (1,)]}",
      '"a" \'b\'',
      '0x1F',
      "r'\\x41'",
      '1_000',
      '{1, 2}',
      '[[[[[[]]]]]]',
    ]),
    oddText,
    anyText,
  ),
  run: (text) => void readIniValue(text),
})

fuzz('shell words', 5_000, {
  text: fc.oneof(mutated(['h1 a="x y" b=\'z\' # c', 'a\\ b "c\\"d"']), anyText),
  run: (text) => {
    for (const comments of [true, false]) splitWords(text, { comments })
  },
})

fuzz('extra variables', 5_000, {
  text: fc.oneof(mutated(['a=1 b="x y"', '{"a": [1]}', "q='{{ a b }}' <%= x %>", 'a=\\x41', '[1]']), anyText),
  run: (text) => void parseExtraVars(text, vaultOpener([])),
})

fuzz('vault texts', 4_000, {
  text: fc.oneof(mutated([encryptVault('a: 1\n', 'pw'), encryptVault('x', 'pw', 'prod')]), anyText),
  run: (text) => void parseEnvelope(text),
})

fuzz('vault texts that are opened', 150, {
  text: mutated([encryptVault('a: 1\n', 'pw'), encryptVault('x', 'pw', 'prod')]),
  run: (text) => void vaultOpener([{ label: 'default', password: new Secret('pw') }]).open(text, 'x:1'),
})

test.after(() => console.log(`NOTE fuzz: ${cases} cases, seed ${seed}\nSEED ${seed}`))
test.run()
