import type { PatternQuestion } from '../support/ansible-oracle.ts'

/** An inventory with names that patterns like to trip over. */
export const patternInventory = `lone
[web]
w1
w2
w3
w4
[web-old]
w3
x1
[db]
d1.example.com
d2.example.com
w1
[cache]
10.0.0.1
10.0.0.2
2001:db8::1
[empty]
[prod:children]
web
db
[staging:children]
cache
web-old
[one]
h
[all:children]
web
web-old
db
cache
empty
one
`

const patterns: readonly string[] = [
  ...[
    'all',
    '*',
    'web',
    'db',
    'prod',
    'staging',
    'empty',
    'ungrouped',
    'lone',
    'one',
    'h',
    'all[0]',
    'all[-1]',
  ],
  ...[
    'web:db',
    'web,db',
    'web, db , cache',
    'web db',
    'web:&db',
    'web,&db',
    '&db:web',
    'web:!w1',
    '!w1:web',
    'web:!db',
  ],
  ...[
    'prod:!db:&web',
    'all:!web:!db',
    '!web',
    '&web',
    '!web:!db',
    'all:&prod:&db',
    'w1:w2',
    'w2:w1',
    'w1:w1',
    'db:web',
  ],
  ...[
    'w*',
    'w?',
    'w[12]',
    'w[!12]',
    '*1',
    '*.example.com',
    'd?.example.com',
    'web*',
    '*o*',
    'web?old',
    'x*',
    '[wx]1',
  ],
  ...[
    '~w[12]',
    '~w',
    '~.*\\.com$',
    '~(web|db)',
    '~^d',
    '~web$',
    '!~w[12]',
    'all:!~w',
    'web:&~.*[13]$',
    '~nothing',
  ],
  ...[
    'web[0]',
    'web[1]',
    'web[-1]',
    'web[-4]',
    'web[0:2]',
    'web[1:]',
    'web[2:3]',
    'web[0:0]',
    'web[3:1]',
    'web[2:0]',
  ],
  ...[
    'web[1-2]',
    'web[9]',
    'web[-9]',
    'web[2:9]',
    'web[9:10]',
    'web[9:]',
    'empty[0]',
    'web*[0:3]',
    'w*[4]',
    'w*[0:1]',
  ],
  ...[
    'web[0]:db[0]',
    'web[0],db[0]',
    'web[0:1]:!w1',
    'prod[0:1]:&web',
    '*[0:2]',
    'all[2:4]',
    '!web[0]',
    '&web[0:1]',
  ],
  ...[
    '10.0.0.1',
    '10.0.0.*',
    '10.0.0.1:10.0.0.2',
    '2001:db8::1',
    '2001:db8::1,w1',
    '2001*',
    'cache:!2001:db8::1',
  ],
  ...[
    'localhost',
    '127.0.0.1',
    '::1',
    'localhost:web',
    'localhost,w1',
    'all,localhost',
    '!localhost',
    'localhost[0]',
  ],
  ...[
    'wbe',
    'web:wbe',
    'web:!wbe',
    'web:&wbe',
    'w1:22',
    'web:22',
    'x[',
    'w1.',
    'W1',
    'web-old',
    'web-old:web',
    'web_old',
  ],
]

const limits: readonly PatternQuestion[] = [
  { pattern: 'all', limit: 'web' },
  { pattern: 'web', limit: 'db' },
  { pattern: 'web', limit: '!w1' },
  { pattern: 'prod', limit: 'w2:w1' },
  { pattern: 'all', limit: 'web[0:1],lone' },
  { pattern: 'all', limit: '~w[34]' },
  { pattern: 'w*', limit: 'web-old' },
  { pattern: 'all', limit: '@LIMITS' },
  { pattern: 'prod', limit: '@LIMITS,!w2' },
  { pattern: 'all', limit: 'empty' },
  { pattern: 'localhost', limit: 'localhost' },
  { pattern: 'all', limit: 'wbe' },
]

/** A file of `--limit @FILE`, as a retry file has it. */
export const limitFile = 'w2\nd1.example.com\n\nweb-old\n'

export const patternQuestions: readonly PatternQuestion[] = [
  ...patterns.map((pattern) => ({ pattern })),
  ...limits,
]
