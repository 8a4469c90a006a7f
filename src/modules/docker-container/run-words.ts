import { digestOf } from '../../kernel/digest.ts'
import { splitWords } from '../command/split-words.ts'
import { firstNetworkWords, furtherNetworks, furtherWords } from './option-words.ts'
import type { ContainerParams } from './types.ts'

/** The label that decides whether a container is the wanted one. */
export const configLabel = 'kmesos.config'

/** Words of `docker create` after the program: options, image, command. Same params, same words. */
export function createWords(params: ContainerParams, config: string): readonly string[] {
  const command = commandWords(params)
  const [entry, ...entryRest] = (params.entrypoint ?? []).map(String)
  return [
    `--name=${params.name}`,
    `--label=${configLabel}=${config}`,
    ...optionWords(params),
    ...(entry === undefined ? [] : [`--entrypoint=${entry}`]),
    params.image ?? '',
    ...entryRest,
    ...command,
  ]
}

/**
 * Digest of everything that a running container cannot change. The env_file's bytes are in it, so that a new secret
 * recreates the container though its value is nowhere to be seen.
 */
export function configDigest(params: ContainerParams, envFile: string | null): string {
  // The image is compared by its id, so a re-tagged image of the same bytes changes nothing.
  return digestOf({
    words: createWords({ ...params, image: '' }, ''),
    stop: params.stop_timeout,
    envFile,
    // Absent where there are none: a description without them keeps its digest.
    ...(furtherNetworks(params.networks).length > 0 ? { networks: furtherNetworks(params.networks) } : {}),
  }).slice(0, 32)
}

export function commandWords(params: ContainerParams): readonly string[] {
  if (params.command === undefined || params.command === null) return []
  return Array.isArray(params.command) ? params.command.map(String) : splitWords(String(params.command))
}

function optionWords(params: ContainerParams): readonly string[] {
  const one = (flag: string, value: unknown): readonly string[] =>
    value === undefined ? [] : [`--${flag}=${String(value)}`]
  const each = (flag: string, values: readonly unknown[]): readonly string[] =>
    values.map((value) => `--${flag}=${String(value)}`)
  const pairs = (flag: string, map: Readonly<Record<string, unknown>>): readonly string[] =>
    Object.keys(map)
      .sort()
      .map((key) => `--${flag}=${key}=${textOf(map[key])}`)
  const retries = params.restart_retries === undefined ? '' : `:${params.restart_retries}`
  return [
    ...pairs('env', params.env),
    ...one('env-file', params.env_file),
    ...each('volume', params.volumes),
    ...one('network', params.network_mode),
    ...(params.network_mode === undefined ? firstNetworkWords(params.networks) : []),
    ...each('publish', params.published_ports),
    `--restart=${params.restart_policy}${retries}`,
    ...one('pid', params.pid_mode),
    ...one('ipc', params.ipc_mode),
    ...one('cgroupns', params.cgroupns_mode),
    ...(params.privileged ? ['--privileged'] : []),
    ...each('cap-add', params.capabilities),
    ...pairs('label', params.labels),
    ...one('user', params.user),
    ...one('hostname', params.hostname),
    ...one('workdir', params.working_dir),
    ...each('ulimit', params.ulimits.map(ulimitWord)),
    ...each('device', params.devices),
    ...one('memory', params.memory),
    ...one('cpus', params.cpus),
    ...pairs('log-opt', params.log_options),
    ...one('stop-signal', params.stop_signal),
    ...(params.init ? ['--init'] : []),
    ...furtherWords(params as unknown as Readonly<Record<string, unknown>>),
  ]
}

/** Ansible writes `nofile:1024:2048`, the program takes `nofile=1024:2048`. */
function ulimitWord(limit: unknown): string {
  return String(limit).replace(/^(\w+):/, '$1=')
}

/** Data in an environment variable is JSON. */
function textOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
