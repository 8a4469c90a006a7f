import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { becomeError, BeginWatch } from '../../src/connection/become.ts'
import { buildCommand } from '../../src/connection/remote-command.ts'
import type { Become } from '../../src/connection/types.ts'
import { secret } from '../../src/kernel/secret.ts'

const su: Become = { user: 'root', method: 'su', password: secret('x') }

/** Words as hosts of these languages may ask and refuse with. */
const languages = [
  { prompt: 'Password: ', refusal: 'su: Authentication failure', reason: /says that the password is wrong/ },
  {
    prompt: 'Passwort: ',
    refusal: 'su: Fehler bei Authentifizierung',
    reason: /did not take the password \(su: Fehler bei/,
  },
  {
    prompt: 'Mot de passe\u00a0: ',
    refusal: "su: Échec d'authentification",
    reason: /did not take the password \(su: Échec/,
  },
  {
    prompt: 'パスワード：',
    refusal: 'su: 認証失敗',
    reason: /did not take the password \(su: 認証失敗\)/,
  },
]

for (const { prompt, refusal, reason } of languages) {
  test(`"${prompt}" of su is answered once, and its refusal told as one of the password`, () => {
    const watch = new BeginWatch(buildCommand(['id'], { become: su, token: 't' }))
    const bytes = Buffer.from(prompt)
    const steps = [bytes.subarray(0, 3), bytes.subarray(3)].map((chunk) => watch.push(chunk).kind)
    assert.equal(steps, ['wait', 'send-password'])
    assert.is(watch.push(Buffer.from(`\n${refusal}\n`)).kind, 'wait')
    const error = becomeError('h1', su, { said: watch.text, wasAnswered: watch.wasAnswered })
    assert.match(error.message, reason)
    assert.match(error.hint ?? '', /ansible_become_password/)
  })
}

test('what is said in an unknown language before any question is told as it is', () => {
  const error = becomeError('h1', su, { said: 'su: Benutzer gibt es nicht', wasAnswered: false })
  assert.is(error.message, 'cannot become root on h1: su: Benutzer gibt es nicht')
})

test.run()
