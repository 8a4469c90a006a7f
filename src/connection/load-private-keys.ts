import { readFile } from 'node:fs/promises'
import ssh2, { type ParsedKey } from 'ssh2'
import { UnreachableError, messageOf } from '../kernel/errors.ts'
import type { Secret } from '../kernel/secret.ts'

/** A private key that is ready to sign, or why it is not. */
export type LoadedKey = { readonly file: string } & (
  { readonly key: ParsedKey } | { readonly fault: string; readonly missing: boolean }
)

export interface KeyRequest {
  readonly file: string
  /** From the inventory; else the operator is asked. */
  readonly passphrase?: Secret
}

export type AskPassphrase = (file: string) => Promise<Secret | undefined>

/** Private keys of a run: each file is read, parsed and, if encrypted, asked for once. */
export class PrivateKeys {
  readonly #loaded = new Map<string, Promise<LoadedKey>>()
  readonly #ask: AskPassphrase | undefined

  constructor(ask: AskPassphrase | undefined) {
    this.#ask = ask
  }

  load(request: KeyRequest): Promise<LoadedKey> {
    const known = this.#loaded.get(request.file)
    if (known) return known
    const loading = loadKey(request, this.#ask)
    this.#loaded.set(request.file, loading)
    return loading
  }
}

async function loadKey(request: KeyRequest, ask: AskPassphrase | undefined): Promise<LoadedKey> {
  const { file } = request
  let content: Buffer
  try {
    content = await readFile(file)
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    return { file, fault: missing ? 'does not exist' : messageOf(error), missing }
  }
  const first = parse(content, undefined)
  if (!(first instanceof Error)) return { file, key: first }
  if (!/encrypted|passphrase/i.test(first.message)) return { file, fault: first.message, missing: false }
  const passphrase = request.passphrase ?? (await ask?.(file))
  if (passphrase === undefined)
    return { file, fault: 'is encrypted and no passphrase was given', missing: false }
  const second = parse(content, passphrase.reveal())
  if (second instanceof Error) return { file, fault: 'the passphrase is wrong', missing: false }
  return { file, key: second }
}

function parse(content: Buffer, passphrase: string | undefined): ParsedKey | Error {
  const parsed = ssh2.utils.parseKey(content, passphrase)
  if (parsed instanceof Error) return parsed
  const key: ParsedKey = Array.isArray(parsed) ? (parsed[0] as ParsedKey) : parsed
  return key.isPrivateKey() ? key : new Error('is a public key; give the private one')
}

/** The error for a key that the user named himself and that cannot be used. */
export function unusableKey(
  host: string,
  loaded: { readonly file: string; readonly fault: string },
): UnreachableError {
  const hint = /passphrase/.test(loaded.fault)
    ? 'add the key to an agent (ssh-add), or set ansible_ssh_private_key_passphrase'
    : 'set ansible_ssh_private_key_file to a private key that you may read'
  return new UnreachableError(
    `cannot log in to ${host}: the key ${loaded.file} ${loaded.fault.startsWith('the ') ? 'is encrypted and ' : ''}${loaded.fault}`,
    { hint },
  )
}
