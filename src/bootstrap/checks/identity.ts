import type { HostCheck } from '../types.ts'
import { distinct } from './each-host.ts'

/** Two hosts of one identity overwrite each other in every registry. */
export const identityChecks: readonly HostCheck[] = [
  distinct(
    'unique-hostname',
    { about: 'no two hosts have one host name', what: 'the host name' },
    (report) => report.facts.hostname,
    'each host needs its own',
  ),
  distinct(
    'unique-machine-id',
    { about: 'no two hosts have one machine id (clones of one image)', what: 'the machine id' },
    (report) => report.facts.machine_id,
    'make new ones (rm /etc/machine-id; systemd-machine-id-setup)',
  ),
]
