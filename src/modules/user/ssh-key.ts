import type { Action } from '../../plan/types.ts'
import { keyFile } from './probe.ts'
import type { UserParams, UserSeen } from './types.ts'

/** $1 user, $2 key file, $3 type, $4 bits, $5 comment. Prints the public key. */
const keyScript = `u=$(getent passwd -- "$1") || exit
h=\${u%:*}; h=\${h##*:}
case $2 in /*) f=$2 ;; *) f=$h/$2 ;; esac
o=$(id -u -- "$1"):$(id -g -- "$1")
d=\${f%/*}
[ -d "$d" ] || { mkdir -m 700 -- "$d" && chown -- "$o" "$d" || exit; }
ssh-keygen -q -t "$3" \${4:+-b "$4"} -N '' -C "\${5:-ansible-generated on $(hostname)}" -f "$f" </dev/null || exit
chown -- "$o" "$f" "$f.pub" && cat -- "$f.pub"`

/** A key pair, where there is none. */
export function planKey(
  params: UserParams,
  user: UserSeen | null,
): { readonly said: string; readonly actions: readonly Action[] } | undefined {
  if (!params.generate_ssh_key || user?.publicKey !== undefined) return undefined
  const { name, ssh_key_type: type, ssh_key_bits: bits, ssh_key_comment: comment } = params
  const words = [name, keyFile(params), type, bits === undefined ? '' : String(bits), comment ?? '']
  return { said: 'SSH key', actions: [{ do: 'run', argv: ['sh', '-c', keyScript, 'sh', ...words] }] }
}
