import fc from 'fast-check'
import { testSeed } from '../../support/fuzz-seed.ts'

/** Inventories and texts made by chance: mostly right, often odd. */

const groupNames = ['web', 'db', 'prod', 'a', 'b', 'c', 'my-grp', 'all', 'ungrouped']
const hostPatterns = [
  ...[
    'h1',
    'h2',
    'h3',
    'h[1:3]',
    'h[01:03]',
    'n[a:c]',
    '10.0.0.[1:2]',
    'x.example.com',
    'h9:2222',
    'r[0:8:4]-[a:b]',
  ],
  ...['web1', '2001:db8::1', '[2001:db8::2]:22', 'höst', 'h_1'],
]
const varNames = ['x', 'y', 'z', 'ansible_host', 'ansible_port', 'long_name', 'ключ']
const oddValues = [
  ...[
    '1',
    '01',
    '1.50',
    'True',
    'true',
    'None',
    "'q'",
    '"q"',
    '[1, 2]',
    "{'a': 1}",
    '{"a": [True]}',
    '[x]',
    '1,2',
  ],
  ...[
    'a b',
    '',
    '-1',
    '+1',
    '1_000',
    '0x1F',
    '0644',
    'x=y',
    'a#b',
    '{{ x }}',
    '192.0.2.1',
    '2222',
    'é',
    '()',
    "('a',)",
  ],
  ...[
    "u'x'",
    "r'\\x'",
    '"a" "b"',
    '1e3',
    '.5',
    '5.',
    '- 1',
    '[',
    "it's",
    '[1',
    '{}',
    'not x',
    '1 # c',
    'a;b',
  ],
]

const letters = [...'ab01.,:=#\'"[]{}()\\ -+_eETrueNonx']

/** Short texts of letters that mean something to some parser. */
export const oddText = fc.string({ unit: fc.constantFrom(...letters), maxLength: 12 })
const value = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...oddValues) },
  { weight: 1, arbitrary: oddText },
)

/** A value as one shell word, by one of the ways to quote it. */
const shellWord = fc.tuple(value, fc.nat(2)).map(([text, way]) => {
  if (way === 0 && /^[\w.,:/+[\]{}-]*$/.test(text)) return text
  if (way === 1 && !text.includes("'")) return `'${text}'`
  return `"${text.replace(/(["\\])/g, '\\$1')}"`
})

const hostLine = fc
  .tuple(
    fc.constantFrom(...hostPatterns),
    fc.array(fc.tuple(fc.constantFrom(...varNames), shellWord), { maxLength: 3 }),
  )
  .map(([host, vars]) => [host, ...vars.map(([name, text]) => `${name}=${text}`)].join(' '))
const varLine = fc
  .tuple(fc.constantFrom(...varNames), fc.constantFrom('=', ' = ', '= '), value)
  .map(([name, equals, text]) => `${name}${equals}${text}`)
const priorityLine = fc.integer({ min: -2, max: 12 }).map((level) => `ansible_group_priority=${level}`)
const extraLine = fc.constantFrom('', '# comment', '; comment', '   ')

function section(kind: string, line: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const lines = fc.array(fc.oneof({ weight: 5, arbitrary: line }, { weight: 1, arbitrary: extraLine }), {
    maxLength: 4,
  })
  return fc
    .tuple(fc.constantFrom(...groupNames), lines)
    .map(([name, body]) => [`[${name}${kind}]`, ...body].join('\n'))
}

/** Text of an INI inventory. */
export const iniText = fc
  .tuple(
    fc.array(hostLine, { maxLength: 2 }),
    fc.array(
      fc.oneof(
        { weight: 4, arbitrary: section('', hostLine) },
        {
          weight: 2,
          arbitrary: section(
            ':vars',
            fc.oneof({ weight: 4, arbitrary: varLine }, { weight: 1, arbitrary: priorityLine }),
          ),
        },
        { weight: 2, arbitrary: section(':children', fc.constantFrom(...groupNames.slice(0, 7))) },
      ),
      { minLength: 1, maxLength: 8 },
    ),
    fc.constantFrom('\n', '\n', '\r\n', '\n\n'),
  )
  .map(([top, sections, end]) => {
    const text = [...top, ...sections].join('\n')
    return `${`${text}\n${declarations(text)}`.replaceAll('\n', end)}${end}`
  })

/** Sections of the groups that are named as children or by their variables only: without them most texts are refused. */
function declarations(text: string): string {
  const named = groupNames
    .slice(0, 7)
    .filter((name) => new RegExp(`^\\[${name}:vars|^${name}$`, 'm').test(text))
  return named
    .filter((name) => !text.includes(`[${name}]`) && !text.includes(`[${name}:children]`))
    .map((name) => `[${name}]`)
    .join('\n')
}

export const plainScalars = [
  ...[
    '1',
    '01',
    '0644',
    '08',
    '1_0',
    '1:30',
    '1.5',
    '1e3',
    '.5',
    '-1',
    '+1',
    '0x1f',
    '0b11',
    'yes',
    'no',
    'on',
    'y',
    'n',
  ],
  ...[
    'true',
    'True',
    'tRue',
    '~',
    'null',
    'Null',
    '2001-12-14',
    '2001-12-14 10:00:00',
    'a b',
    'a:b',
    'a#b',
    'é',
    '{}',
  ],
  ...[
    '[]',
    '[1, a]',
    '{a: 1}',
    "''",
    '""',
    "'a''b'",
    '"a\\tb"',
    'http://x/y',
    '1.2.3',
    '00:11:22',
    '-a',
    '1 # c',
    '0o17',
  ],
]

const yamlValue = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...plainScalars) },
  { weight: 1, arbitrary: fc.string({ maxLength: 8 }).map((text) => JSON.stringify(text)) },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.constantFrom(...plainScalars.filter((each) => !/[#,]/.test(each))), { maxLength: 3 })
      .map((items) => `[${items.join(', ')}]`),
  },
)

const yamlVars = (indent: string): fc.Arbitrary<string> =>
  fc
    .uniqueArray(fc.tuple(fc.constantFrom(...varNames, 'yes', '2', '"q r"'), yamlValue), {
      maxLength: 3,
      selector: ([name]) => name,
    })
    .map((vars) => vars.map(([name, text]) => `\n${indent}${name}: ${text}`).join(''))

const yamlHosts = fc
  .uniqueArray(
    fc.tuple(fc.constantFrom(...hostPatterns.map((name) => JSON.stringify(name))), yamlVars('        ')),
    {
      maxLength: 3,
      selector: ([name]) => name,
    },
  )
  .map((hosts) => hosts.map(([name, vars]) => `\n      ${name}:${vars}`).join(''))

const yamlChildren = fc
  .uniqueArray(fc.constantFrom(...groupNames.slice(0, 7)), { maxLength: 2 })
  .map((names) => names.map((name) => `\n      ${name}:`).join(''))

const yamlGroup = fc
  .tuple(
    yamlHosts,
    yamlVars('      '),
    yamlChildren,
    fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }),
  )
  .map(([hosts, vars, children, priority]) => {
    const all = priority === undefined ? vars : `${vars}\n      ansible_group_priority: ${priority}`
    return `\n    hosts:${hosts}\n    vars:${all}\n    children:${children}`
  })

/** Text of a YAML inventory. */
export const yamlText = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...groupNames), yamlGroup), {
    minLength: 1,
    maxLength: 5,
    selector: ([name]) => name,
  })
  .map((groups) => `${groups.map(([name, body]) => `${name}:${body.replaceAll('\n  ', '\n')}`).join('\n')}\n`)

export const seed = testSeed()
