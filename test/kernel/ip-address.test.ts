import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isIpAddress } from '../../src/kernel/ip-address.ts'

test('addresses in numbers are told from names', () => {
  for (const address of ['10.0.0.1', '192.0.2.255', '::1', 'fe80::1', '::ffff:10.0.0.1'])
    assert.ok(isIpAddress(address), address)
  for (const name of ['h1', '10.0.0.1.example', 'a.b.c.d', '10', 'member-one', ''])
    assert.not.ok(isIpAddress(name), name)
})

test.run()
