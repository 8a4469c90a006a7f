import type { OptionDefinition } from './options.ts'

/** Options that several verbs share; letters and meanings are Ansible's where Ansible has them. */

export const outputOptions: readonly OptionDefinition[] = [
  {
    name: 'output',
    value: 'FORM',
    choices: ['tree', 'lines', 'json'],
    help: 'tree (on a terminal), lines (in a pipe) or json (one event per line)',
  },
  {
    name: 'verbose',
    short: 'v',
    repeatable: true,
    help: 'also show what is ok, all output, causes of errors; -vv: all starts and times; -vvv: connections and remote commands',
  },
  { name: 'quiet', short: 'q', help: 'show failures, warnings and the recap only' },
  { name: 'no-color', help: 'no colors (as NO_COLOR=1; FORCE_COLOR=1 forces them)' },
  { name: 'help', short: 'h', help: 'show this text' },
]

export const inventoryOptions: readonly OptionDefinition[] = [
  {
    name: 'inventory',
    short: 'i',
    value: 'FILE',
    repeatable: true,
    commas: true,
    help: 'inventory file or folder, or "host,"; several are merged',
  },
  {
    name: 'extra-vars',
    short: 'e',
    value: 'VARS',
    repeatable: true,
    help: 'name=value, JSON, or @FILE; stronger than everything',
  },
  {
    name: 'vault-password-file',
    value: 'FILE',
    repeatable: true,
    help: 'password of Ansible Vault, or a program that prints it',
  },
  {
    name: 'vault-id',
    value: 'LABEL@FILE',
    repeatable: true,
    help: 'one of several vault passwords; LABEL@prompt asks for it',
  },
  { name: 'ask-vault-pass', short: 'J', help: 'ask for the password of Ansible Vault' },
]

export const limitOptions: readonly OptionDefinition[] = [
  { name: 'limit', short: 'l', value: 'PATTERN', help: 'touch only these hosts; all are known' },
]

export const connectionOptions: readonly OptionDefinition[] = [
  { name: 'user', short: 'u', value: 'NAME', help: 'log in as, where the inventory does not say' },
  { name: 'private-key', value: 'FILE', help: 'key to log in with' },
  { name: 'ask-pass', short: 'k', help: 'ask for the SSH password' },
  { name: 'become', short: 'b', help: 'act as root by sudo' },
  { name: 'become-user', value: 'NAME', help: 'act as this user instead of root' },
  { name: 'ask-become-pass', short: 'K', help: "ask for sudo's password" },
  {
    name: 'host-key-checking',
    value: 'HOW',
    choices: ['strict', 'accept-new', 'off'],
    help: 'what to do with host keys that are not known yet (accept-new)',
  },
  { name: 'ssh-config', value: 'FILE', help: 'OpenSSH configuration instead of ~/.ssh/config' },
  {
    name: 'ssh-config-exec',
    help: 'let `Match exec` of the OpenSSH configuration run its commands here',
  },
  { name: 'timeout', short: 'T', value: 'SECONDS', number: true, help: 'how long connecting may take (20)' },
  {
    name: 'become-timeout',
    value: 'SECONDS',
    number: true,
    help: 'how long sudo may take to let a command begin (30)',
  },
  {
    name: 'command-timeout',
    value: 'SECONDS',
    number: true,
    help: 'how long one remote command may run (no limit)',
  },
  {
    name: 'reconnect-timeout',
    value: 'SECONDS',
    number: true,
    help: 'how long a host whose connection was lost may stay away (90)',
  },
  {
    name: 'forks',
    short: 'f',
    value: 'N',
    number: true,
    fallback: '50',
    help: 'hosts worked on at once (50)',
  },
]

export const planOptions: readonly OptionDefinition[] = [
  { name: 'check', short: 'C', help: 'show what would change; change nothing' },
  { name: 'diff', short: 'D', help: 'show contents that change' },
  { name: 'detailed-exitcode', help: 'with --check: exit 10 when something would change' },
]

export const tagOptions: readonly OptionDefinition[] = [
  { name: 'tags', short: 't', value: 'TAGS', repeatable: true, help: 'only tasks with one of these tags' },
  { name: 'skip-tags', value: 'TAGS', repeatable: true, help: 'no tasks with one of these tags' },
]

export const deploymentOptions: readonly OptionDefinition[] = [
  { name: 'base', value: 'DIR', help: 'folder with roles/, templates/ and bootstrap/ (that of kmesos)' },
  { name: 'deployment', value: 'NAME', fallback: 'openstack', help: 'name of the deployment (openstack)' },
  {
    name: 'passwords',
    value: 'FILE',
    fallback: '.kmesos/passwords.yml',
    help: 'passwords file of `kmesos password init` (.kmesos/passwords.yml)',
  },
]
