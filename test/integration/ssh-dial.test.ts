import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hostOf, transportFor } from '../support/ssh-transport.ts'
import { startSshd, type Sshd } from '../support/sshd.ts'

const test = suite('what a dial costs a server')
let sshd: Sshd

test.before(async () => {
  sshd = await startSshd({ hostKeyTypes: ['ed25519', 'ecdsa', 'rsa'], logLevel: 'DEBUG1' })
})
test.after(async () => {
  await sshd.stop()
})

test('asks a server for no proofs of its host keys, and still runs commands', async () => {
  const transport = transportFor(sshd)
  try {
    const connection = await transport.connect(hostOf(sshd))
    const { stdout } = await connection.exec(['cat'], { stdin: 'x'.repeat(300_000) })
    assert.is(stdout.length, 300_000)
  } finally {
    await transport.close()
  }
  // The server offers them to all clients after the log-in; ssh2 by itself would ask.
  assert.match(sshd.log(), /Accepted publickey for root/)
  assert.not.match(sshd.log(), 'hostkeys-prove')
})

test.run()
