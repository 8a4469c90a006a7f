import type { InventoryCase } from '../support/inventory-case.ts'

const web = '[web]\nw1 x=inv\nw2\n[db]\nd1\n[prod:children]\nweb\ndb\n'
const generated = Array.from(
  { length: 50 },
  (_, index) =>
    `[rack${index}]\nn${index}-[001:100] u=${index} big="{'a': [1, 2]}"\n[rack${index}:vars]\nr=${index}\n`,
).join('')

/** Several files: sources, group_vars and host_vars, extra variables, large ones. */
export const sourceCases: readonly InventoryCase[] = [
  { name: 'list of hosts', files: {}, sources: ['h1,h2:2222,10.0.0.1,[2001:db8::1]:22, h3 ,'] },
  { name: 'list of one host', files: {}, sources: ['h1,'] },
  { name: 'list and file', files: { hosts: 'h1 x=1\nh2\n[g]\nh3\n' }, sources: ['h1,h9,', 'hosts'] },
  { name: 'file and list', files: { hosts: 'h2\n[g]\nh3\n' }, sources: ['hosts', 'h3,h9:22,'] },
  {
    name: 'two files that add to one group',
    files: { a: '[web]\nw1 x=a y=a\n[web:vars]\nv=a\n', b: '[web]\nw2\nw1 x=b\n[web:vars]\nv=b\n' },
    sources: ['a', 'b'],
  },
  {
    name: 'the same file twice',
    files: { a: '[web]\nw1 x=a\n[top:children]\nweb\n' },
    sources: ['a', 'a'],
  },
  {
    name: 'child in one file, parent in another',
    files: { a: '[web]\nw1\n', b: 'prod:\n  children:\n    web:\n  vars: {x: 1}\n' },
    sources: ['a', 'b'].map((name) => (name === 'b' ? 'b' : name)),
  },
  {
    name: 'ungrouped host gets a group by a later file',
    files: { a: 'h1\nh2\n', b: '[g]\nh1\n' },
    sources: ['a', 'b'],
  },
  {
    name: 'folder with files of all kinds',
    files: {
      'inv/01-hosts': 'h1\n[web]\nw1\n',
      'inv/02-more.yml': 'web:\n  hosts:\n    w2: {x: 1}\n',
      'inv/03.json': '{"db": {"hosts": {"d1": {}}}}',
      'inv/notes.txt': 'not read',
      'inv/README.md': 'not read',
      'inv/old.bak': 'not read',
      'inv/ansible.cfg': 'not read',
      'inv/hosts.ini': 'not read',
      'inv/.hidden': 'not read',
      'inv/x.retry': 'not read',
      'inv/y~': 'not read',
      'inv/group_vars/web.yml': 'g: 1\n',
      'inv/host_vars/w1.yml': 'h: 1\n',
    },
    sources: ['inv'],
  },
  {
    name: 'folder in a folder',
    files: { 'inv/a': 'h1\n', 'inv/sub/b': 'h2\n', 'inv/sub/deep/c': 'h3\n', 'inv/z': 'h4\n' },
    sources: ['inv'],
  },
  {
    name: 'folder in the order of code points',
    files: {
      'inv/B': '[g]\nh1 x=B\n',
      'inv/a': '[g]\nh1 x=a\n',
      'inv/10': '[g]\nh1 x=10\n',
      'inv/9': '[g]\nh1 x=9\n',
    },
    sources: ['inv'],
  },
  {
    name: 'group_vars as files of all endings',
    files: {
      hosts: web,
      'group_vars/web': 'a: plain\n',
      'group_vars/web.yml': 'a: never\n',
      'group_vars/db.yaml': 'a: yaml\n',
      'group_vars/prod.json': '{"a": "json", "b": [1, 2]}',
      'group_vars/all.yml': 'a: all\nc: {d: 1}\n',
      'group_vars/other.yml': 'a: never\n',
    },
    sources: ['hosts'],
  },
  {
    name: 'group_vars as folders',
    files: {
      hosts: web,
      'group_vars/web/b.yml': 'a: b\nb: 1\n',
      'group_vars/web/a.yml': 'a: a\n',
      'group_vars/web/sub/c.yml': 'c: sub\n',
      'group_vars/web/sub.d/c.yml': 'c: never\n',
      'group_vars/web/notes.txt': 'no: 1\n',
      'group_vars/web/z~': 'no: 1\n',
      'group_vars/web/.x.yml': 'no: 1\n',
      'group_vars/web/plain': 'p: 1\n',
      'group_vars/all/main.yml': 'm: 1\n',
    },
    sources: ['hosts'],
  },
  {
    name: 'host_vars as files and folders',
    files: {
      hosts: web,
      'host_vars/w1': 'x: file\nlist: [1]\n',
      'host_vars/w2.yaml': 'x: w2\n',
      'host_vars/d1/one.yml': 'x: 1\n',
      'host_vars/d1/two.json': '{"y": 2}',
      'host_vars/nobody.yml': 'x: 1\n',
    },
    sources: ['hosts'],
  },
  {
    name: 'vars files that are empty or only comments',
    files: {
      hosts: web,
      'group_vars/web.yml': '',
      'group_vars/db.yml': '---\n# none\n',
      'host_vars/w1.yml': '{}\n',
    },
    sources: ['hosts'],
  },
  {
    name: 'vars replace maps whole',
    files: {
      hosts: web,
      'group_vars/all.yml': 'm: {a: 1}\n',
      'group_vars/web.yml': 'm: {b: 2}\n',
      'host_vars/w1.yml': 'm: {c: 3}\n',
    },
    sources: ['hosts'],
  },
  {
    name: 'vars beside the playbook',
    files: {
      'inv/hosts': web,
      'inv/group_vars/web.yml': 'a: inv\nb: inv\n',
      'inv/host_vars/w1.yml': 'h: inv\n',
      'play/group_vars/web.yml': 'a: play\n',
      'play/group_vars/all.yml': 'b: play-all\nc: play-all\n',
      'play/host_vars/w1.yml': 'h: play\nx: play\n',
    },
    sources: ['inv/hosts'],
    playbookDir: 'play',
  },
  {
    name: 'vars of all against those of groups, beside inventory and playbook',
    files: {
      'inv/hosts': `${web}[all:vars]\nv=inv-all\nw=inv-all\n[web:vars]\nv=inv-web\n`,
      'inv/group_vars/all.yml': 'v: file-all\nw: file-all\nz: file-all\n',
      'play/group_vars/all.yml': 'v: play-all\nz: play-all\n',
      'play/group_vars/prod.yml': 'z: play-prod\n',
    },
    sources: ['inv/hosts'],
    playbookDir: 'play',
  },
  {
    name: 'vars beside two inventories: the later folder wins over the deeper group',
    files: {
      'a/hosts': '[web]\nw1\n[prod:children]\nweb\n',
      'b/hosts': '[db]\nd1\n',
      'a/group_vars/web.yml': 'x: a-web\n',
      'b/group_vars/prod.yml': 'x: b-prod\n',
      'a/host_vars/w1.yml': 'y: a\n',
      'b/host_vars/w1.yml': 'y: b\n',
    },
    sources: ['a/hosts', 'b/hosts'],
  },
  {
    name: 'priority stands in group_vars and does nothing',
    files: {
      hosts: '[a]\nh1\n[b]\nh1\n[a:vars]\nx=a\n[b:vars]\nx=b\n',
      'group_vars/a.yml': 'ansible_group_priority: 10\n',
    },
    sources: ['hosts'],
  },
  {
    name: 'names with dots have vars files',
    files: {
      hosts: 'h1.example.com\nh1\n',
      'host_vars/h1.example.com': 'x: fqdn\n',
      'host_vars/h1.yml': 'x: short\n',
    },
    sources: ['hosts'],
  },
  {
    name: 'extra variables of all kinds',
    files: { hosts: web, 'extra.yml': 'f: file\nx: file\n', 'extra.json': '{"j": [1, 2]}' },
    sources: ['hosts'],
    extraVars: [
      'x=1 y="a b"',
      '{"z": {"k": [1, true]}}',
      '@extra.yml',
      '@extra.json',
      'q=\'single q\' e= t="a\\tb"',
    ],
  },
  {
    name: 'extra variables beat everything',
    files: { hosts: 'h1 a=host\n[g]\nh1\n[g:vars]\na=group\n', 'host_vars/h1.yml': 'a: file\n' },
    sources: ['hosts'],
    extraVars: ['a=extra', '{"b": 1}'],
  },
  { name: 'INI in a file called .yml', files: { 'hosts.yml': '[web]\nw1 x=1\n' } },
  { name: 'YAML in a file without ending', files: { hosts: 'all:\n  hosts:\n    h1: {x: 1}\n' } },
  { name: 'YAML with its first group in flow', files: { hosts: 'all: {hosts: {h1: {x: 1}}}\n' } },
  { name: 'YAML after comments', files: { hosts: '# a\n\n---\nall:\n  hosts:\n    h1:\n' } },
  { name: 'JSON in a file without ending', files: { hosts: '{"all": {"hosts": {"h1": {"x": 1}}}}' } },
  { name: 'INI with an ending of its own', files: { 'hosts.inventory': '[web]\nw1\n' } },
  { name: 'name of the file has dots', files: { 'prod.example.com': '[web]\nw1\n' } },
  { name: 'latin-1 in comments', files: { hosts: '# gr\u00fc\u00dfe\nh1\n; \u00e9\n[g]\nh1\n' } },
  { name: '5,000 hosts', files: { hosts: generated }, liveOnly: true },
  {
    name: 'one group of 2,000 hosts in YAML',
    files: {
      'hosts.yml': `all:\n  children:\n    g:\n      hosts:\n${Array.from({ length: 2000 }, (_, index) => `        h${index}: {n: ${index}}`).join('\n')}\n`,
    },
    liveOnly: true,
  },
  {
    name: '500 groups in a chain and a fan',
    files: {
      hosts:
        Array.from(
          { length: 500 },
          (_, index) =>
            `[f${index}]\nx${index}\n${index < 60 ? `[c${index}:children]\nc${index + 1}\n` : ''}`,
        ).join('') +
        '[c60]\ndeep\n[fan:children]\n' +
        Array.from({ length: 500 }, (_, index) => `f${index}\n`).join(''),
    },
    liveOnly: true,
  },
]
