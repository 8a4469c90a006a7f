import { join } from 'node:path'
import { createTransport } from '../../src/connection/host-transport.ts'
import type { TransportOptions } from '../../src/connection/transport-options.ts'
import type { Transport } from '../../src/connection/types.ts'
import type { Host, Vars } from '../../src/inventory/types.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import type { Sshd } from './sshd.ts'

/** A transport that sees nothing of this machine's own SSH: its home is the sshd's folder, logged in as root by key. */
export function transportFor(sshd: Sshd, options: Partial<TransportOptions> = {}): Transport {
  return createTransport({
    clock: systemClock,
    home: sshd.folder,
    localUser: 'root',
    localHost: 'test',
    uid: 0,
    sshConfigFiles: [],
    knownHostsFile: join(sshd.folder, 'known_hosts'),
    ...options,
  })
}

/** The sshd as a host of an inventory; `privateKeyFile` of the sshd unless the variables say otherwise. */
export function hostOf(sshd: Sshd, vars: Vars = {}, name = '127.0.0.1'): Host {
  return {
    name,
    groups: ['all'],
    vars: {
      ansible_port: sshd.port,
      ansible_user: 'root',
      ansible_ssh_private_key_file: sshd.keyFile,
      ...vars,
    },
  }
}
