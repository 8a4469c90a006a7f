import { createHash } from 'node:crypto'
import { secret, type Secret } from '../kernel/secret.ts'
import type { KeyFile } from '../start-spec/types.ts'
import { digestIdOf, loginOf } from '../zookeeper/identity.ts'
import type { Credentials } from './types.ts'

/** What stands in a service's key file on the hosts. */
export function keyFileText(deployment: string, service: string, credentials: Credentials): Secret {
  const file: KeyFile = {
    version: 1,
    deployment,
    service,
    key: credentials.keys.services.get(service)?.reveal() ?? '',
    reader: credentials.keys.reader.reveal(),
    operatorId: digestIdOf(loginOf('operator', deployment, credentials.keys.operator.reveal())),
  }
  return secret(`${JSON.stringify(file)}\n`)
}

/** The plain text that is sealed as secrets/<service>: the service's own passwords, nothing else. */
export function secretsText(declared: readonly string[], credentials: Credentials): Secret {
  const values = [...declared].sort().map((name) => [name, credentials.passwords.get(name)?.reveal() ?? ''])
  return secret(JSON.stringify(Object.fromEntries(values)))
}

/**
 * A program for `sh -s` that lists a folder's key files, one `NAME MODE DIGEST` each. The digest is of a nonce and the content, so
 * that it says nothing about the key to whoever reads it, and is of use for this one comparison only.
 */
export function listKeysScript(folder: string, nonce: string): string {
  return `set -eu
cd ${folder} 2>/dev/null || exit 0
for file in *; do
  [ -f "$file" ] || continue
  mode=$(stat -c %a "$file")
  [ -O "$file" ] || mode=foreign
  digest=$( { printf %s ${nonce}; cat "$file"; } | sha256sum)
  printf '%s %s %s\\n' "$file" "$mode" "\${digest%% *}"
done
`
}

/** What listKeysScript prints for a file that is as it should be. */
export function wantedKeyLine(service: string, content: Secret, nonce: string): string {
  const digest = createHash('sha256').update(nonce).update(content.reveal()).digest('hex')
  return `${service} 600 ${digest}`
}

export interface KeyChanges {
  readonly folder: string
  /** Service -> content. */
  readonly put: ReadonlyMap<string, Secret>
  readonly remove: readonly string[]
}

/** A program for `sh -s`, read from standard input: printf is built into the shell, so no key stands in a command line. */
export function changeKeysScript(changes: KeyChanges): Secret {
  const puts = [...changes.put].map(
    ([service, content]) => `rm -rf ${service}.tmp
printf '%s\\n' '${content.reveal().trimEnd()}' > ${service}.tmp
[ ! -d ${service} ] || rmdir ${service}
mv -f ${service}.tmp ${service}`,
  )
  const removals = changes.remove.map((service) => `rm -f ${service}`)
  const lines = [
    'set -eu',
    'umask 077',
    `mkdir -p ${changes.folder}`,
    `chmod 0700 ${changes.folder}`,
    `cd ${changes.folder}`,
    ...puts,
    ...removals,
  ]
  return secret(`${lines.join('\n')}\n`)
}
