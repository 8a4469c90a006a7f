import type { InventoryCase } from '../support/inventory-case.ts'

/** One YAML file each: shapes of an inventory, and values as PyYAML reads them. */
const texts: Readonly<Record<string, string>> = {
  'groups at the top': 'web:\n  hosts:\n    w1:\n    w2: {x: 1}\ndb:\n  hosts:\n    d1:\n',
  'a host as text': 'all:\n  hosts: h1\n  children:\n    g:\n      hosts: h2\n',
  'a child as text': 'all:\n  children: g\n',
  'a variable as text': 'all:\n  hosts: h1\n  vars: x\n',
  'groups of nothing':
    'all:\n  children:\n    a:\n    b: {}\n    c:\n      hosts:\n    d:\n      vars:\n      children:\n',
  'all is left out': 'a:\n  children:\n    b:\n      hosts: {h1: }\n  vars: {x: 1}\n',
  'ungrouped written out': 'ungrouped:\n  hosts:\n    h1:\nall:\n  hosts:\n    h2:\n',
  'one group in two places':
    'all:\n  children:\n    a:\n      children:\n        c:\n          hosts: {h1: {x: 1}}\n    b:\n      children:\n        c:\n          vars: {y: 2}\n',
  'one host in two places':
    'all:\n  children:\n    a:\n      hosts: {h1: {x: 1, y: 1}}\n    b:\n      hosts: {h1: {x: 2}}\n',
  'ranges and ports':
    'all:\n  hosts:\n    h[1:3]:\n    g[01:03]:2222: {x: 1}\n    "a[a:c]:22":\n    10.0.0.[1:2]:\n',
  priority:
    'all:\n  children:\n    a: {hosts: {h: }, vars: {ansible_group_priority: 5, x: a}}\n    b: {hosts: {h: }, vars: {x: b}}\n',
  'flow style': '{all: {hosts: {h1: {x: 1, y: [1, 2]}, h2: }, children: {g: {hosts: {h1: }}}}}\n',
  'documents marks': '%YAML 1.1\n---\nall:\n  hosts:\n    h1:\n...\n',
  'comments everywhere':
    '# one\nall: # two\n  # three\n  hosts: # four\n    h1: # five\n      x: 1 # six\n      y: "a # b"\n      z: a#b\n',
  'windows line ends':
    'all:\r\n  hosts:\r\n    h1:\r\n      x: 1\r\n      y: |\r\n        a\r\n        b\r\n',
  'byte order mark': '\uFEFFall:\n  hosts:\n    h1:\n',
  unicode: 'größe:\n  hosts:\n    höst: {wert: äöü, "ключ": "зн", emoji: "😀"}\n',
  'keys in quotes': '"all":\n  \'hosts\':\n    "h1": {"x y": 1, \'z\': 2}\n',
  'long keys with question marks': 'all:\n  ? hosts\n  : h1:\n      ? x\n      : 1\n',
}

const values: Readonly<Record<string, string>> = {
  'booleans of all kinds': '[yes, no, on, off, true, false, Yes, NO, On, OFF, TRUE, y, n, Y, N, tRue]',
  'nothing of all kinds': '[~, null, Null, NULL, nUll, "", none, None]',
  integers: '[0, 1, -1, +1, 00, 07, 08, 0644, 0o17, 0x1F, 0b101, 1_000, -0x10, +0b1, 0_7, 1__0, _1]',
  'base sixty': '[1:30, 12:30:45, 190:20:30, 1:60, -1:30, 1:30.5, 01:02, "1:2", 0:0]',
  floats: '[1.5, .5, 5., -1.5, 1e3, 1.0e3, 1.0e+3, 1.5E-2, 1_0.5, .5e+1, 1.2.3, .]',
  dates:
    '[2001-12-14, 2001-12-14t21:59:43.10-05:00, 2001-12-14 21:59:43, 2001-1-1, 2001-12-14T21:59:43Z, 20011214]',
  'texts that look like more': '["1", "yes", "~", 1a, 0x, 1., a:b, a#b, -a, "- a", "?", <]',
  'texts with quotes': `['it''s', "tab\\tx", "\\x41\\u00e9\\n", 'a\\n', "a\\
        b", 'a
        b']`,
  'plain text over lines': 'a b\n        c\n\n        d',
  'block texts':
    '\n        a: |\n          x\n           y\n\n        b: |-\n          x\n        c: |+\n          x\n\n        d: >\n          x\n          y\n\n          z\n        e: >-\n          x\n        f: |2\n            x',
  'keys of other types': '{2: a, 2.5: b, true: c, null: d, "x": f}',
  'key given twice': '{a: 1, a: 2}',
  'lists in lists': '[[], [[]], [1, [2, [3]]], {a: [{b: []}]}]',
  'list in block': '\n        - a\n        - b: 1\n          c: 2\n        -\n          - d\n        -',
  'tags that are known': '[!!str 1, !!int "3", !!float "1", !!bool "yes", !!null "", !!str yes]',
  'not for templates': '!unsafe "{{ x }}"',
  'maps with colons in flow': '{a: b, "c": d, e:f, g: }',
  'empty things': '{a: {}, b: [], c: "", d: , e: \'\'}',
  'plain with odd signs': '[a-b, a_b, a.b, a/b, a\\b, a?b, a!b, a&b, a*b, a@b, a%b, a`b, a|b, a>b]',
  'urls and paths': '[http://x.y/z?a=b&c=d#e, /etc/x, ~/x, C:\\x, user@host:22]',
  'versions and addresses': '[1.0.0, 10.0.0.1, "1.10", 00:11:22:33:44:55, 2001:db8::1, "::1", 1:2:3]',
  'numbers as texts': '[0xg, 1e, 1e5, 1E5, 12e03, 0.0, -0, 1_000.5, "0644"]',
  'merge keys':
    '\n        base: &b {x: 1, y: 1}\n        one: {<<: *b, y: 2}\n        many: {<<: [*b, {z: 3}], q: 4}\n        late: {y: 5, <<: *b}',
  'anchors and aliases':
    '\n        a: &a [1, 2]\n        b: *a\n        c: &c text\n        d: *c\n        e: &m {k: *c}\n        f: *m',
}

/** The same as JSON. */
const json: Readonly<Record<string, string>> = {
  plain:
    '{"all": {"hosts": {"h1": {"x": 1, "y": [1.5, null, true, "t"]}}, "children": {"g": {"hosts": {"h1": null}}}}}',
  'with tabs': '{\n\t"all": {\n\t\t"hosts": {\n\t\t\t"h1": {"x": "a\\tb\\/c\\u00e9"}\n\t\t}\n\t}\n}\n',
  'numbers that YAML reads otherwise': '{"all": {"hosts": {"h1": {"a": 1e3, "b": 1E-2, "c": -0, "d": 0.5}}}}',
  'names that YAML would type':
    '{"all": {"hosts": {"h1": {"1": "a", "true": "b", "null": "c", "2001-01-01": "d"}}}}',
  'unsafe marks': '{"all": {"hosts": {"h1": {"u": {"__ansible_unsafe": "{{ x }}"}}}}}',
}

const one = (
  group: string,
  endings: string,
  all: Readonly<Record<string, string>>,
): readonly InventoryCase[] =>
  Object.entries(all).map(([name, text]) => ({ name: `${group}: ${name}`, files: { [endings]: text } }))

const inVars = Object.fromEntries(
  Object.entries(values).map(([name, value]) => [name, `all:\n  hosts:\n    h1:\n      v: ${value}\n`]),
)

export const yamlCases: readonly InventoryCase[] = [
  ...one('yaml', 'hosts.yml', texts),
  ...one('yaml value', 'hosts.yaml', inVars),
  ...one('json', 'hosts.json', json),
]
