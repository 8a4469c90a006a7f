import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseParams, type ParamSchema } from '../../src/modules/params.ts'
import { moduleNamed, moduleNames } from '../../src/modules/registry.ts'
import type { AnyModule } from '../../src/modules/types.ts'
import { parseLocatedYaml } from '../../src/yaml/located-yaml.ts'

const file = 'docs/modules.md'
const modules = [...new Set(moduleNames.map((name) => moduleNamed(name) as AnyModule))].sort((a, b) =>
  a.name < b.name ? -1 : 1,
)
const page = readFileSync(file, 'utf8')
/** Before the first section: written by hand. */
const head = page.slice(0, page.indexOf('\n## ')).trimEnd()

/** The example of a module's section: what stands between its fences. */
function exampleOf(name: string): string {
  const section = page.slice(page.indexOf(`\n## ${name}\n`) + 1).split(/\n## /)[0] ?? ''
  return /```yaml\n([\s\S]*?)```/.exec(section)?.[1] ?? ''
}

function sectionOf(module: AnyModule): string {
  const { params, unsupported = {}, freeForm, exclusive = [], oneOf = [] } = module.schema
  const rows = Object.entries(params).map(([name, param]) => `| ${cells(name, param).join(' | ')} |`)
  const notes = [
    ...(freeForm === undefined ? [] : [`\`${module.name}: TEXT\` is short for \`${freeForm}\`.`]),
    ...(module.schema.open ? ['Every other name is a variable.'] : []),
    ...oneOf.map((names) => `One of ${names.join(', ')} is needed.`),
    ...exclusive.map(([a, b]) => `${a} and ${b} exclude each other.`),
  ]
  const refused = Object.entries(unsupported).map(([name, why]) => `\`${name}\` (${why})`)
  return [
    `## ${module.name}`,
    `${module.summary[0]?.toUpperCase()}${module.summary.slice(1)}.`,
    ...(rows.length === 0
      ? []
      : [['| parameter | value | default | |', '|---|---|---|---|', ...rows].join('\n')]),
    ...(notes.length === 0 ? [] : [notes.join(' ')]),
    ...(refused.length === 0 ? [] : [`Not supported: ${refused.join(', ')}.`]),
    `\`\`\`yaml\n${exampleOf(module.name) || `- ${module.name}:\n`}\`\`\``,
  ].join('\n\n')
}

function cells(name: string, param: ParamSchema): readonly string[] {
  const names = [
    `\`${name}\`${param.required ? ' (needed)' : ''}`,
    ...(param.aliases ?? []).map((each) => `\`${each}\``),
  ]
  const value = param.choices ? param.choices.map((choice) => shown(choice)).join(', ') : param.type
  return [
    names.join(', '),
    value,
    param.default === undefined ? '' : shown(param.default),
    param.about ?? '',
  ].map((cell) => cell.replaceAll('|', '\\|'))
}

function shown(value: unknown): string {
  return value === '' || (Array.isArray(value) && value.length === 0)
    ? ''
    : `\`${typeof value === 'string' ? JSON.stringify(value).slice(1, -1) : JSON.stringify(value)}\``
}

const wanted = `${[head, ...modules.map(sectionOf)].join('\n\n')}\n`
if (process.argv.includes('--write')) writeFileSync(file, wanted)

test('docs/modules.md says of every module what its schema says', () => {
  const hint = `${file} is not what the schemas say: node --import tsx test/modules/docs.test.ts --write`
  assert.is(readFileSync(file, 'utf8'), wanted, hint)
})

for (const module of modules) {
  test(`the example of ${module.name} is a task that the module takes`, () => {
    const parsed = parseLocatedYaml(exampleOf(module.name), file)
    assert.ok('root' in parsed, JSON.stringify(parsed))
    const tasks = ('root' in parsed ? parsed.root.value : []) as readonly Record<string, unknown>[]
    assert.ok(tasks.length > 0, 'there is an example')
    for (const task of tasks) {
      const given = task[module.name]
      const { freeForm } = module.schema
      const params =
        given === null
          ? {}
          : typeof given === 'string' && freeForm !== undefined
            ? { [freeForm]: given }
            : given
      const checked = parseParams(module.schema, params as Record<string, unknown>)
      assert.ok('params' in checked, JSON.stringify(checked))
    }
  })
}

test.run()
