import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import { messageOf } from '../kernel/errors.ts'
import { isHostNetwork } from '../marathon/normalize-networks.ts'
import type { HealthCheck, ReadinessCheck } from '../marathon/types.ts'
import { isMesosLevel, type ProbeFailure } from './health.ts'
import { taskPorts } from './task-environment.ts'
import type { Agent, Instance } from './types.ts'

export type ProbeTarget =
  | {
      readonly kind: 'http'
      readonly secure: boolean
      readonly host: string
      readonly port: number
      readonly path: string
    }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'command'; readonly command: string }

export interface HttpAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

/** The port to what is probed; tests hand in answers. */
export interface Prober {
  /** Any answer; throws when there is none in time. */
  http(target: ProbeTarget & { kind: 'http' }, timeoutMs: number): Promise<HttpAnswer>
  tcp(target: ProbeTarget & { kind: 'tcp' }, timeoutMs: number): Promise<void>
}

/** Where a health check goes: Marathon's own from outside to the host port, Mesos' into the container's network. */
export function healthTarget(check: HealthCheck, instance: Instance, agent: Agent): ProbeTarget {
  if (check.protocol === 'COMMAND') return { kind: 'command', command: check.command?.value ?? '' }
  const place = isMesosLevel(check) ? insidePlace(check, instance) : outsidePlace(check, instance, agent)
  const protocol = check.protocol?.replace('MESOS_', '') ?? 'HTTP'
  if (protocol === 'TCP') return { kind: 'tcp', ...place }
  return { kind: 'http', secure: protocol === 'HTTPS', ...place, path: withSlash(check.path) }
}

export function readinessTarget(
  check: ReadinessCheck,
  instance: Instance,
  agent: Agent,
): ProbeTarget & { kind: 'http' } {
  const ports = taskPorts(instance.app, instance.hostPorts)
  const port = ports.find((candidate) => candidate.name === check.portName)
  const host = port?.hostPort === undefined ? (instance.address ?? agent.address) : agent.address
  return {
    kind: 'http',
    secure: check.protocol === 'HTTPS',
    host,
    port: port?.effective ?? 0,
    path: withSlash(check.path),
  }
}

interface Place {
  readonly host: string
  readonly port: number
}

function insidePlace(check: HealthCheck, instance: Instance): Place {
  const port =
    check.port ?? taskPorts(instance.app, instance.hostPorts)[check.portIndex ?? 0]?.containerPort ?? 0
  const host = isHostNetwork(instance.app.networks) ? '127.0.0.1' : (instance.address ?? '127.0.0.1')
  return { host, port }
}

function outsidePlace(check: HealthCheck, instance: Instance, agent: Agent): Place {
  const port = taskPorts(instance.app, instance.hostPorts)[check.portIndex ?? 0]
  if (check.port !== undefined) return { host: agent.address, port: check.port }
  const host = port?.hostPort === undefined ? (instance.address ?? agent.address) : agent.address
  return { host, port: port?.effective ?? 0 }
}

function withSlash(path = '/'): string {
  return path.startsWith('/') ? path : `/${path}`
}

/** What an HTTP answer says about health: 200 to 399 is healthy. */
export function httpFailure(answer: HttpAnswer): ProbeFailure {
  return answer.status >= 200 && answer.status < 400 ? undefined : `HTTP status ${answer.status}`
}

// More of a body is of no use in a readiness result.
const longestBody = 64 * 1024

/** Probes over the network. TLS certificates are not verified, as in Marathon. */
export const networkProber: Prober = {
  http: (target, timeoutMs) =>
    new Promise((resolve, reject) => {
      const request = target.secure ? httpsRequest : httpRequest
      const { host, port, path } = target
      const options = {
        host,
        port,
        path,
        agent: false,
        rejectUnauthorized: false,
        signal: AbortSignal.timeout(timeoutMs),
      }
      const outgoing = request(options, (answer) => {
        let body = ''
        answer.setEncoding('utf8')
        answer.on('data', (text: string) => (body = (body + text).slice(0, longestBody)))
        answer.on('error', reject)
        answer.on('end', () => {
          const contentType = answer.headers['content-type'] ?? ''
          resolve({ status: answer.statusCode ?? 0, contentType, body })
        })
      })
      outgoing.on('error', (error) => reject(lateOr(error, timeoutMs)))
      outgoing.end()
    }),
  tcp: (target, timeoutMs) =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: target.host, port: target.port, timeout: timeoutMs })
      socket.on('connect', () => {
        socket.destroy()
        resolve()
      })
      socket.on('timeout', () => socket.destroy(new Error(`no connection within ${timeoutMs / 1000} s`)))
      socket.on('error', reject)
    }),
}

function lateOr(error: Error, timeoutMs: number): Error {
  if (error.name !== 'AbortError') return error
  return new Error(`no answer within ${timeoutMs / 1000} s`, { cause: error })
}

/** Probes one target; the reason when it is not healthy. */
export async function probe(
  target: ProbeTarget,
  timeoutMs: number,
  doors: {
    readonly prober: Prober
    readonly run: (command: string, timeoutMs: number) => Promise<ProbeFailure>
  },
): Promise<ProbeFailure> {
  try {
    if (target.kind === 'command') return await doors.run(target.command, timeoutMs)
    if (target.kind === 'http') return httpFailure(await doors.prober.http(target, timeoutMs))
    await doors.prober.tcp(target, timeoutMs)
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}
