import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { typedCommand } from '../../src/cli/operator.ts'

const cases: readonly (readonly [readonly string[], string])[] = [
  [['play', 'my site.yml', '-i', 'hosts'], "kmesos play 'my site.yml' -i hosts"],
  [['play', 'x', '-e', 'port=80 db_password=geheim x=1'], "kmesos play x -e 'port=80 db_password=*** x=1'"],
  [['play', 'x', '-e', "api_token='a b' x=1"], "kmesos play x -e 'api_token=*** x=1'"],
  [['play', 'x', '-esecret=geheim'], "kmesos play x '-esecret=***'"],
  [['play', 'x', '-Ce', 'secret=geheim'], "kmesos play x -Ce 'secret=***'"],
  [['play', 'x', '-e', '{"db_password": "geheim", "a": 1}'], "kmesos play x -e '***'"],
  [['play', 'x', '--extra-vars={"passwd": "geheim"}'], "kmesos play x '--extra-vars=***'"],
  [['play', 'x', '--extra-vars', '{"port": 80}'], `kmesos play x --extra-vars '{"port": 80}'`],
  [['play', 'x', '-e', '@keys.yml'], 'kmesos play x -e @keys.yml'],
  [['play', 'x', '--private-key', 'id'], 'kmesos play x --private-key id'],
]

for (const [words, text] of cases) {
  test(`the command of a run is kept as ${text}`, () => assert.is(typedCommand(words), text))
}

test.run()
