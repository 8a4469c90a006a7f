import type { InventoryCase } from '../support/inventory-case.ts'

export interface RefusedCase extends InventoryCase {
  /** What kmesos says: `file:line: reason`. */
  readonly problems: readonly string[]
  /** Ansible reads it, mostly with a warning: docs/decisions.md says why kmesos does not. */
  readonly onlyWeRefuse?: boolean
}

type Texts = Readonly<Record<string, readonly [string, ...string[]]>>

/** Text of an inventory, then the problems. */
const ini: Texts = {
  'section of an unknown type': [
    '[web:hosst]\nw1\n',
    'hosts:1: section [web:hosst]: unknown type "hosst"; did you mean "hosts"?',
  ],
  'section with blanks': [
    'h1\n[a b]\nw1\n',
    'hosts:2: invalid section "[a b]"; write [group], [group:children] or [group:vars], without spaces',
  ],
  'section that is empty': [
    '[]\nw1\n',
    'hosts:1: invalid section "[]"; write [group], [group:children] or [group:vars], without spaces',
  ],
  'section that is not closed': [
    '[web\nw1\n',
    'hosts:1: invalid section "[web"; write [group], [group:children] or [group:vars], without spaces',
  ],
  'word that is no variable': [
    '[g]\n\nh1 x=1 oops\n',
    'hosts:3: expected a variable as key=value after host "h1", got "oops"',
  ],
  'blanks around the equals sign': [
    'h1 x = 1\n',
    'hosts:1: expected a variable as key=value after host "h1", got "x"',
    'hosts:1: expected a variable as key=value after host "h1", got "1"',
  ],
  'quote that is not closed': ['h1 x="a b\n', 'hosts:1: cannot read host line: no closing quotation'],
  'quote that is an apostrophe': ["h1\nh2 x=it's\n", 'hosts:2: cannot read host line: no closing quotation'],
  'backslash at the end': ['h1 x=a\\\n', 'hosts:1: cannot read host line: no escaped character'],
  'host without a name': ['"" x=1\n', 'hosts:1: host line names no host'],
  'variable without a value': ['[g]\nh1\n[g:vars]\nx\n', 'hosts:4: expected key=value, got "x"'],
  'child that is declared nowhere': [
    '[a:children]\nwbe\n[web]\nw1\n',
    'hosts:2: [a:children] includes unknown group "wbe"; did you mean "web"?',
  ],
  'children with more words': [
    '[a:children]\nb c\n[b]\n',
    'hosts:2: expected the name of a group, got "b c"',
  ],
  'variables of no group': [
    'h1\n[web:vars]\nx=1\n',
    'hosts:2: [web:vars] sets variables of a group that is declared nowhere; unknown group "web"; known are all, ungrouped',
  ],
  'group that holds itself': [
    '[a:children]\na\n',
    'hosts:2: group "a" cannot be a child of "a": that is a loop',
  ],
  'groups in a loop of two': [
    '[a:children]\nb\n[b:children]\na\n',
    'hosts:4: group "a" cannot be a child of "b": that is a loop',
  ],
  'groups in a loop of three': [
    '[a:children]\nb\n[b:children]\nc\n[c:children]\na\n',
    'hosts:6: group "a" cannot be a child of "c": that is a loop',
  ],
  'all below a group': [
    '[a:children]\nall\n[b:children]\na\n[all:children]\na\n',
    'hosts:6: group "a" cannot be a child of "all": that is a loop',
  ],
  'range that is not closed': ['h[1:3\n', 'hosts:1: host range "h[1:3": has no closing "]"'],
  'range without an end': ['h[1:]\n', 'hosts:1: host range "h[1:]": must name its end'],
  'range of one number': ['h[3]\n', 'hosts:1: host range "h[3]": must be begin:end or begin:end:step'],
  'range of four numbers': [
    'h[1:2:3:4]\n',
    'hosts:1: host range "h[1:2:3:4]": must be begin:end or begin:end:step',
  ],
  'range of letters backward': ['h[c:a]\n', 'hosts:1: host range "h[c:a]": must have begin <= end'],
  'range with padding of another length': [
    'h[01:100]\n',
    'hosts:1: host range "h[01:100]": must have begin and end of equal length when begin is padded',
  ],
  'range of words': [
    'h[xy:zz9]\n',
    'hosts:1: host range "h[xy:zz9]": "xy:zz9" are not two numbers or two letters',
  ],
  'step of zero': ['h[1:5:0]\n', 'hosts:1: host range "h[1:5:0]": step "0" must be a number above 0'],
  'step that is no number': [
    'h[1:5:x]\n',
    'hosts:1: host range "h[1:5:x]": step "x" must be a number above 0',
  ],
  'name that ends in a colon': [
    'h0\nh1:\n',
    'hosts:2: host "h1:" must not end in ":"; that is where a port stands',
  ],
  'priority that is no number': [
    '[g]\nh1\n[g:vars]\nansible_group_priority=high\n',
    'hosts:4: ansible_group_priority must be a whole number, got "high"',
  ],
  'YAML marks in INI': ['h1\n---\nh2\n', 'hosts:2: "---" begins a YAML file, but this file is read as INI'],
}

const yaml: Texts = {
  'list of hosts': [
    'all:\n  hosts:\n    - h1\n    - h2\n',
    'hosts.yml:2: "hosts" of group "all" must be a mapping (name: value), not a list or a number',
  ],
  'list of children': [
    'all:\n  children: [a, b]\n',
    'hosts.yml:2: "children" of group "all" must be a mapping (name: value), not a list or a number',
  ],
  'list of variables': [
    'all:\n  vars: [a]\n',
    'hosts.yml:2: "vars" of group "all" must be a mapping (name: value), not a list or a number',
  ],
  'host with a number': [
    'all:\n  hosts:\n    h1: 5\n',
    'hosts.yml:3: host "h1" must have a mapping of variables or nothing, got 5',
  ],
  'host with a text': [
    'all:\n  hosts:\n    h1: x\n',
    'hosts.yml:3: host "h1" must have a mapping of variables or nothing, got "x"',
  ],
  'host that is a number': [
    'all:\n  hosts:\n    1: {}\n',
    'hosts.yml:3: the name of a group or host must be a text; write "1" in quotes',
  ],
  'host that is a boolean': [
    'all:\n  hosts:\n    no:\n',
    'hosts.yml:3: the name of a group or host must be a text; write "false" in quotes',
  ],
  'group that is a number': [
    'all:\n  children:\n    1:\n      hosts: {h: }\n',
    'hosts.yml:3: the name of a group or host must be a text; write "1" in quotes',
  ],
  'list at the top': ['- a\n- b\n', 'hosts.yml:1: an inventory in YAML must be a mapping of groups'],
  'groups in a loop': [
    'a:\n  children:\n    b:\n      children:\n        a:\n',
    'hosts.yml:3: group "b" cannot be a child of "a": that is a loop',
  ],
  'range that is not closed': [
    'all:\n  hosts:\n    "h[1:3": \n',
    'hosts.yml:3: host range "h[1:3": has no closing "]"',
  ],
  'priority that is no number': [
    'a:\n  hosts: {h: }\n  vars: {ansible_group_priority: x}\n',
    'hosts.yml:3: ansible_group_priority must be a whole number, got "x"',
  ],
  'tag that nobody knows': ['all:\n  vars:\n    x: !thing 1\n', 'hosts.yml:3: unknown tag: !thing'],
  'merge of a text': [
    'all:\n  vars:\n    <<: x\n',
    'hosts.yml:3: "<<" merges a mapping or a list of mappings',
  ],
  'list as a name': [
    'all:\n  vars:\n    ? [a, b]\n    : 1\n',
    'hosts.yml:3: a list or a mapping cannot be the name of a member',
  ],
  'alias that holds itself': ['all:\n  vars:\n    x: &a [*a]\n', 'hosts.yml:3: "*a" holds itself'],
}

const onlyOurs: Texts = {
  'unknown key of a group': [
    'all:\n  hosts: {h1: }\n  hostz: {h2: }\n',
    'hosts.yml:3: group "all": unknown key "hostz"; did you mean "hosts"?',
  ],
}

const list = (ending: string, group: string, texts: Texts, onlyWeRefuse = false): readonly RefusedCase[] =>
  Object.entries(texts).map(([name, [text, ...problems]]) => ({
    name: `${group}: ${name}`,
    files: { [ending]: text },
    problems,
    onlyWeRefuse,
  }))

export const refusedCases: readonly RefusedCase[] = [
  ...list('hosts', 'ini', ini),
  ...list('hosts.yml', 'yaml', yaml),
  ...list('hosts.yml', 'yaml', onlyOurs, true),
  {
    name: 'vars file that is a list',
    files: { hosts: 'h1\n', 'host_vars/h1.yml': '- a\n' },
    sources: ['hosts'],
    problems: ['host_vars/h1.yml:1: must be a mapping of variables (name: value)'],
  },
  {
    name: 'vars file that is broken, and another',
    files: { hosts: '[g]\nh1\n', 'host_vars/h1.yml': 'a: 1\nb: [\n', 'group_vars/g/x.yml': 'text\n' },
    sources: ['hosts'],
    problems: [
      'group_vars/g/x.yml:1: must be a mapping of variables (name: value)',
      'host_vars/h1.yml:3: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
  },
]
