import type { Problem } from '../kernel/problems.ts'
import type { HostNeeds, HostReport } from './types.ts'

/** `docker run --init` and the API that kmesos speaks came with these. Source: Docker's release notes, API 1.41. */
const oldestDocker = 20

/** Tokens and ZooKeeper's sessions suffer from clocks that differ more. */
const mostClockSeconds = 60

/** The images of the minimal profile need about this much. */
const leastDiskMb = 4_000

/** Everything that would make the bootstrap fail half-way, on all hosts at once; each with the way out. */
export function hostProblems(reports: readonly HostReport[], needs: HostNeeds): readonly Problem[] {
  return [
    ...reports.flatMap((report) => [
      ...rightsProblems(report),
      ...dockerProblems(report),
      ...machineProblems(report, needs),
      ...portProblems(report, needs),
    ]),
    ...sharedProblems(reports, (report) => report.facts.hostname, 'the host name'),
    ...sharedProblems(reports, (report) => report.address, 'the address'),
  ]
}

function rightsProblems({ host, facts, becomePassword }: HostReport): readonly Problem[] {
  const { sudo, user } = facts
  if (sudo === 'none') {
    const message = `${user.name} is not root and there is no sudo: log in as root (ansible_user), or install sudo`
    return [{ where: host, message }]
  }
  if (sudo === 'password' && !becomePassword) {
    const message = `sudo wants a password for ${user.name}: add --ask-become-pass, or allow it without one`
    return [{ where: host, message }]
  }
  return []
}

function dockerProblems({ host, facts }: HostReport): readonly Problem[] {
  const { docker, os } = facts
  if (!docker.installed) {
    if (os.family === 'debian') return []
    const message = `Docker is missing and cannot be installed on ${os.name || os.id}: install it (${oldestDocker}.10 or newer)`
    return [{ where: host, message }]
  }
  const major = Number.parseInt(docker.version, 10)
  if (docker.running && major < oldestDocker) {
    const message = `Docker ${docker.version} is too old: ${oldestDocker}.10 or newer is needed`
    return [{ where: host, message }]
  }
  return []
}

function machineProblems(report: HostReport, needs: HostNeeds): readonly Problem[] {
  const { host, facts, clockAheadSeconds } = report
  const problems: Problem[] = []
  if (facts.architecture !== needs.architecture) {
    const message = `is ${facts.architecture}, but kmesos-start's runtime here is for ${needs.architecture}: run kmesos from a machine of the hosts' kind`
    problems.push({ where: host, message })
  }
  if (facts.disk.total_mb > 0 && facts.disk.free_mb < leastDiskMb) {
    const message = `only ${facts.disk.free_mb} MB are free on /var/lib, images need ${leastDiskMb} MB: make room`
    problems.push({ where: host, message })
  }
  if (Math.abs(clockAheadSeconds) > mostClockSeconds) {
    const way = clockAheadSeconds > 0 ? 'ahead of' : 'behind'
    const message = `its clock is ${Math.round(Math.abs(clockAheadSeconds))} s ${way} this machine's: set it (install chrony)`
    problems.push({ where: host, message })
  }
  return problems
}

function portProblems({ host, listening, containers }: HostReport, needs: HostNeeds): readonly Problem[] {
  return needs.ports
    .filter((wanted) => wanted.host === host && listening.includes(wanted.port))
    .filter((wanted) => !containers.includes(wanted.container))
    .map(({ port, container }) => ({
      where: host,
      message: `port ${port}, which ${container} needs, is in use: see who holds it (ss -ltnp sport = :${port}) and stop it, or set another port`,
    }))
}

/** Two hosts with the same name or address would overwrite each other in every registry. */
function sharedProblems(
  reports: readonly HostReport[],
  valueOf: (report: HostReport) => string,
  what: string,
): readonly Problem[] {
  const byValue = new Map<string, string[]>()
  for (const report of reports) {
    byValue.set(valueOf(report), [...(byValue.get(valueOf(report)) ?? []), report.host])
  }
  return [...byValue]
    .filter(([value, hosts]) => value !== '' && hosts.length > 1)
    .map(([value, hosts]) => ({
      where: hosts.join(', '),
      message: `have ${what} ${value} in common: each host needs its own`,
    }))
}
