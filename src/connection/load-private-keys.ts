import { readFile } from 'node:fs/promises'
import ssh2, { type ParsedKey } from 'ssh2'
import { UnreachableError, messageOf } from '../kernel/errors.ts'
import type { Secret } from '../kernel/secret.ts'
import { BlobReader } from './ssh-blob.ts'

/** A private key that is ready to sign, or why it is not. */
export type LoadedKey = { readonly file: string } & (
  { readonly key: ParsedKey } | { readonly fault: string; readonly missing: boolean }
)

export interface KeyRequest {
  readonly file: string
  /** From the inventory; else the operator is asked. */
  readonly passphrase?: Secret
  /** Ask nobody (BatchMode). */
  readonly quiet?: boolean
}

export type AskPassphrase = (file: string) => Promise<Secret | undefined>

/** Private keys of a run: each file is read, parsed and, if encrypted, asked for once. */
export class PrivateKeys {
  readonly #loaded = new Map<string, Promise<LoadedKey>>()
  readonly #public = new Map<string, Promise<string | undefined>>()
  readonly #ask: AskPassphrase | undefined
  /** One question at a time: two would share a line of the terminal. */
  #asking: Promise<unknown> = Promise.resolve()

  constructor(ask: AskPassphrase | undefined) {
    this.#ask = ask
  }

  async load(request: KeyRequest): Promise<LoadedKey> {
    const { file, passphrase, quiet } = request
    const key = JSON.stringify([file, passphrase?.reveal()])
    const ask = quiet === true ? undefined : (asked: string) => this.#askOnce(asked)
    const loading = this.#loaded.get(key) ?? loadKey(request, ask)
    this.#loaded.set(key, loading)
    return loading
  }

  /** The public half in base64, as far as it can be read without a passphrase. */
  publicKeyOf(file: string): Promise<string | undefined> {
    const loading = this.#public.get(file) ?? readPublicKey(file)
    this.#public.set(file, loading)
    return loading
  }

  #askOnce(file: string): Promise<Secret | undefined> {
    const asking = this.#asking.then(() => this.#ask?.(file))
    this.#asking = asking.catch(() => undefined)
    return asking
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

const openSshMagic = 'openssh-key-v1\0'

/** OpenSSH's own format holds it in the clear; else the file beside it that ends in `.pub`. */
async function readPublicKey(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END/.exec(text)?.[1]
  const bytes = Buffer.from(body ?? '', 'base64')
  if (bytes.toString('latin1', 0, openSshMagic.length) === openSshMagic) {
    const reader = new BlobReader(bytes.subarray(openSshMagic.length))
    // Cipher, its key derivation and the options of that, then the number of keys.
    for (let field = 0; field < 3; field++) reader.string()
    reader.uint32()
    return reader.string()?.toString('base64')
  }
  const beside = await readFile(`${file}.pub`, 'utf8').catch(() => '')
  return /^\S+ ([A-Za-z0-9+/=]+)/.exec(beside)?.[1]
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
