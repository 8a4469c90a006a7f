import fc from 'fast-check'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fuzzSeed } from '../support/fuzz-seed.ts'
import { askKmesos, askSsh, readLists, type Asked, type Lists } from '../support/ssh-g.ts'
import { sshConfigCases } from '../connection/ssh-config-cases.ts'

const test = suite('configurations against ssh -G')
let folder: string
let lists: Lists

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kmesos-ssh-g-'))
  lists = await readLists()
})
test.after(() => rm(folder, { recursive: true }))

async function compare(text: string, asked: Omit<Asked, 'file'>): Promise<boolean> {
  const file = join(folder, 'config')
  await writeFile(file, text.replaceAll('FOLDER', folder))
  const theirs = await askSsh({ ...asked, file })
  const ours = askKmesos({ ...asked, file }, lists)
  const differs = Object.keys({ ...theirs, ...ours }).filter(
    (key) => ours?.[key]?.join('\n') !== theirs?.[key]?.join('\n'),
  )
  const both = differs.map(
    (key) => `${key}: ours ${ours?.[key]?.join(' | ')}, ssh ${theirs?.[key]?.join(' | ')}`,
  )
  assert.equal(both, [], `\n${text}\nfor ${JSON.stringify(asked)}`)
  assert.is(ours === undefined, theirs === undefined, `\n${text}\nfor ${JSON.stringify(asked)}`)
  return theirs !== undefined
}

test('every case resolves as ssh resolves it', async () => {
  await writeFile(join(folder, 'one.conf'), 'Port 11\nHost web2\n  User included\n')
  await writeFile(join(folder, 'two.conf'), 'Match host web1\n  User two\n')
  await writeFile(join(folder, 'deep.conf'), `Include ${folder}/one.conf\nUser deep\n`)
  await writeFile(join(folder, 'loop.conf'), `Include ${folder}/loop.conf\n`)
  let pairs = 0
  let refused = 0
  for (const { text, hosts, ...asked } of sshConfigCases) {
    for (const host of hosts) {
      pairs++
      if (!(await compare(text, { ...asked, host }))) refused++
    }
  }
  console.log(
    `NOTE differential: ${pairs} (configuration, host) pairs equal to ssh -G, ${refused} of them refused by both`,
  )
  assert.ok(pairs >= 80)
})

const words = ['web1', 'web2', 'db-1.lan', '10.0.0.7', 'bob', 'root']
const patterns = fc.array(
  fc.constantFrom(...words, 'web*', '*.lan', '!web2', '!*', '*', 'w?b1', '10.*', '!db*', 'WEB1'),
  { minLength: 1, maxLength: 3 },
)
const name = fc.constantFrom(...words)
const lines = fc.oneof(
  patterns.map((list) => `Host ${list.join(' ')}`),
  fc
    .tuple(fc.constantFrom('host', 'originalhost', 'user', 'localuser', '!host', '!user'), patterns)
    .map(([kind, list]) => `Match ${kind} ${list.join(',')}`),
  fc.constantFrom(
    'Match all',
    'Match final',
    'Match canonical',
    'Match final all',
    'Match !final',
    'match  ALL',
  ),
  fc
    .tuple(fc.constantFrom('Match final host', 'Match user root host', 'Match host'), patterns)
    .map(([start, list]) => `${start} "${list.join(',')}"`),
  name.map((user) => `  User ${user}`),
  fc.constantFrom('HostName %h.lan', 'HostName 10.0.0.7', 'HostName "web1"', 'hostname = web2'),
  fc.integer({ min: 1, max: 70_000 }).map((port) => `Port ${port}`),
  fc.constantFrom(
    'IdentityFile ~/.ssh/a',
    'IdentityFile "/k e y"',
    'IdentityFile none',
    'IdentityFile=/x%%y',
  ),
  fc.constantFrom(
    'ProxyJump a',
    'ProxyJump none',
    'ProxyCommand nc %h %p',
    'ProxyCommand none',
    'ProxyJump b@c:22,d',
  ),
  fc.constantFrom('ConnectTimeout 1m', 'ConnectTimeout none', 'ServerAliveInterval 5', 'ConnectTimeout 5x'),
  fc.constantFrom(
    'UserKnownHostsFile ~/a_%n %d/b_%C',
    'UserKnownHostsFile /dev/null',
    'HostKeyAlias x',
    'Port=1 # c',
  ),
  fc.constantFrom(
    'Ciphers -aes*',
    'Ciphers aes128-ctr',
    'MACs ^hmac-sha1',
    'KexAlgorithms +diffie-hellman-group1-sha1',
  ),
  fc.constantFrom(
    'StrictHostKeyChecking accept-new',
    'IdentitiesOnly yes',
    'BatchMode no',
    'Compression yes',
    '# x',
    '',
  ),
)

test('generated configurations resolve as ssh resolves them', async () => {
  const numRuns = 150
  let valid = 0
  await fc.assert(
    fc.asyncProperty(fc.array(lines, { maxLength: 14 }), name, async (config, host) => {
      if (await compare(`${config.join('\n')}\n`, { host })) valid++
    }),
    { numRuns, seed: fuzzSeed('generated configurations against ssh -G', numRuns) },
  )
  assert.ok(valid > numRuns / 4, `only ${valid} of ${numRuns} were configurations that ssh takes`)
})

test.run()
