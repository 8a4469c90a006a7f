import type { Problem } from '../kernel/problems.ts'
import { dockerChecks } from './checks/docker.ts'
import { imageChecks } from './checks/images.ts'
import { identityChecks } from './checks/identity.ts'
import { machineChecks } from './checks/machine.ts'
import { networkChecks } from './checks/network.ts'
import type { HostCheck, HostNeeds, HostReport } from './types.ts'

/** All that is looked at before anything is changed, in the order in which it is told. */
export const hostChecks: readonly HostCheck[] = [
  ...machineChecks,
  ...dockerChecks,
  ...imageChecks,
  ...networkChecks,
  ...identityChecks,
]

/** Everything that would make the bootstrap fail half-way, on all hosts at once; `skip` names checks to leave out. */
export function hostProblems(
  reports: readonly HostReport[],
  needs: HostNeeds,
  skip: readonly string[] = [],
): readonly Problem[] {
  return hostChecks
    .filter(({ name }) => !skip.includes(name))
    .flatMap((check) => check.problems(reports, needs))
}
