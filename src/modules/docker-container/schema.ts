import { dockerElsewhere } from '../docker-elsewhere.ts'
import type { ParamsSchema } from '../params.ts'
import { furtherParams } from './option-words.ts'

function same(...names: readonly string[]): Readonly<Record<string, string>> {
  const why = 'a container is made anew when its description or its image is another one, and only then'
  return Object.fromEntries(names.map((name) => [name, why]))
}

function byCommand(...names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, 'use command: docker']))
}

/** Names and meanings of Ansible's community.docker.docker_container, as far as they go. */
export const containerSchema: ParamsSchema = {
  unsupported: {
    ...dockerElsewhere,
    ...same('comparisons', 'image_comparison', 'image_label_mismatch', 'image_name_mismatch', 'ignore_image'),
    ...same('command_handling', 'container_default_behavior', 'networks_cli_compatible', 'purge_networks'),
    ...byCommand('detach', 'cleanup', 'output_logs', 'paused', 'kill_signal', 'removal_wait_timeout'),
    ...byCommand(
      'device_read_bps',
      'device_read_iops',
      'device_write_bps',
      'device_write_iops',
      'device_requests',
    ),
    kernel_memory: 'kernels have no such limit any more',
    default_host_ip: 'name the address in published_ports',
  },
  params: {
    name: { type: 'text', required: true },
    state: { type: 'text', choices: ['started', 'present', 'stopped', 'absent'], default: 'started' },
    image: { type: 'text', about: 'without it only the state of an existing container is changed' },
    command: { type: 'any', about: 'words, or one command line' },
    entrypoint: { type: 'list' },
    env: { type: 'map', default: {} },
    env_file: { type: 'path', about: 'file on the host with NAME=value lines: the way for secrets' },
    volumes: { type: 'list', default: [] },
    network_mode: { type: 'text' },
    published_ports: { type: 'list', default: [], aliases: ['ports'] },
    restart_policy: {
      type: 'text',
      default: 'no',
      choices: ['no', 'always', 'on-failure', 'unless-stopped'],
    },
    pid_mode: { type: 'text' },
    ipc_mode: { type: 'text' },
    cgroupns_mode: { type: 'text', choices: ['host', 'private'] },
    privileged: { type: 'flag', default: false },
    capabilities: { type: 'list', default: [] },
    labels: { type: 'map', default: {} },
    user: { type: 'text' },
    hostname: { type: 'text' },
    working_dir: { type: 'path' },
    ulimits: { type: 'list', default: [] },
    devices: { type: 'list', default: [] },
    memory: { type: 'text' },
    cpus: { type: 'number' },
    log_options: { type: 'map', default: {}, aliases: ['log_opt'] },
    ...furtherParams,
    stop_signal: { type: 'text' },
    stop_timeout: { type: 'integer', default: 30, about: 'seconds' },
    init: { type: 'flag', default: false },
    restart: { type: 'flag', default: false, about: 'restart a running container (for handlers)' },
    replace: {
      type: 'flag',
      default: true,
      about: 'false: an existing container is started, but never made anew',
    },
    recreate: { type: 'flag', default: false },
    keep_volumes: {
      type: 'flag',
      default: false,
      about: 'keep nameless volumes of a container that is removed (for Ansible the default)',
    },
    force_kill: { type: 'flag', default: false, aliases: ['forcekill'], about: 'stop by KILL at once' },
    pull: {
      type: 'text',
      choices: ['missing', 'never', 'always'],
      default: 'missing',
      words: ['true', 'false'],
      about: 'true: always',
    },
  },
}
