import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseExtraVars } from '../../src/inventory/extra-vars.ts'
import { readIniValue } from '../../src/inventory/python-literal.ts'
import { splitWords } from '../../src/inventory/shell-words.ts'
import { vaultOpener } from '../../src/vault/opener.ts'
import { parseLocatedYaml } from '../../src/yaml/located-yaml.ts'
import { AnsibleOracle, type Attempt } from '../inventory/support/ansible-oracle.ts'
import { iniText, oddText, plainScalars, seed, yamlText } from '../inventory/support/generated.ts'
import { withCase } from '../inventory/support/inventory-case.ts'
import { answerOf, canonical } from '../inventory/support/our-answer.ts'

const test = suite('inventories made by chance, beside the real Ansible')
let oracle: AnsibleOracle

test.before(async () => {
  console.log(`SEED ${seed} (repeat with KMESOS_SEED=${seed})`)
  oracle = await AnsibleOracle.open()
})
test.after(() => oracle.close())

const inventories = 250
const textsAtOnce = 2_000

for (const [file, text] of [
  ['hosts', iniText],
  ['hosts.yml', yamlText],
] as const) {
  test(`${inventories} inventories in ${file === 'hosts' ? 'INI' : 'YAML'} are read alike, or refused alike`, async () => {
    let read = 0
    await fc.assert(
      fc.asyncProperty(text, (content) =>
        withCase({ name: 'generated', files: { [file]: content } }, async ({ question }) => {
          const theirs = await oracle.inventory(question)
          const ours = await answerOf(question).catch((error: unknown) => error as Error)
          if (theirs.error?.includes('not JSON serializable') === true) return
          const refused = theirs.value === undefined
          assert.is(
            ours instanceof Error,
            refused,
            `${theirs.error}; ours ${ours instanceof Error ? String((ours as Error & { detail?: string }).detail) : 'reads it'}`,
          )
          if (ours instanceof Error || theirs.value === undefined) return
          read++
          assert.is(canonical(ours.list), canonical(theirs.value.list))
          assert.is(canonical(ours.flat), canonical(theirs.value.flat))
          assert.is(ours.graph, theirs.value.graph)
        }),
      ),
      { seed, numRuns: inventories },
    )
    console.log(`NOTE ${inventories} generated: ${read} read alike, the others refused by both`)
  })
}

/** Values that JSON or a JavaScript number cannot hold are left out. */
function isComparable({ value, error }: Attempt<unknown>): boolean {
  return error === undefined
    ? !/\d{16}|Infinity|NaN/.test(JSON.stringify(value))
    : !error.includes('not JSON serializable')
}

interface Batch {
  readonly op: 'literals' | 'words' | 'yaml' | 'extra'
  readonly text: fc.Arbitrary<string>
  /** Undefined: refused. */
  readonly ours: (text: string) => unknown
  /** Texts that only one of both refuses, where that is meant. */
  readonly mayDiffer?: (text: string, theirs: unknown) => boolean
}

const yamlOf = (text: string): unknown => {
  const parsed = parseLocatedYaml(text, 'x')
  return 'root' in parsed ? parsed.root.value : undefined
}

const batches: readonly Batch[] = [
  { op: 'literals', text: oddText, ours: readIniValue },
  {
    op: 'words',
    text: oddText,
    ours: (text) => {
      const split = splitWords(text, { comments: true })
      return 'words' in split ? split.words : undefined
    },
  },
  {
    op: 'yaml',
    text: fc.oneof(fc.constantFrom(...plainScalars), oddText).map((text) => `v: ${text}`),
    ours: yamlOf,
    // What PyYAML refuses may be read here (a lone equals sign, `{:}`); what it reads must be read alike.
    mayDiffer: (_text, theirs) => theirs === undefined,
  },
  {
    op: 'extra',
    text: fc
      .array(fc.tuple(fc.constantFrom('a', 'b'), oddText), { minLength: 1, maxLength: 2 })
      .map((pairs) => pairs.map(([name, text]) => `${name}=${text}`).join(' ')),
    // Words that are no variable are lost in Ansible; here they are refused.
    mayDiffer: (_text, theirs) => typeof theirs === 'object' && theirs !== null && '_raw_params' in theirs,
    ours: (text) => {
      const parsed = parseExtraVars(text, vaultOpener([]))
      return 'vars' in parsed ? parsed.vars : undefined
    },
  },
]

for (const batch of batches) {
  test(`${textsAtOnce} texts are read alike: ${batch.op}`, async () => {
    const texts = fc.sample(batch.text, { numRuns: textsAtOnce, seed })
    const answers = await oracle.texts(batch.op, texts)
    const wrong: string[] = []
    for (const [index, text] of texts.entries()) {
      const theirs = answers[index] ?? {}
      const ours = batch.ours(text)
      if (!isComparable(theirs) || (theirs.error !== undefined && ours === undefined)) continue
      if (batch.mayDiffer?.(text, theirs.value) === true) continue
      const expected = theirs.error ?? canonical(theirs.value)
      const actual = ours === undefined ? 'refused' : canonical(ours)
      if (actual !== expected) wrong.push(`${JSON.stringify(text)}: ours ${actual}, Ansible's ${expected}`)
    }
    assert.equal(wrong.slice(0, 20), [])
  })
}

test.run()
