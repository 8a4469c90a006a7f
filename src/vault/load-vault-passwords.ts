import { spawn } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { ConfigError, messageOf } from '../kernel/errors.ts'
import { Secret } from '../kernel/secret.ts'
import { isVaultText } from './envelope.ts'
import { vaultOpener, type VaultPassword } from './opener.ts'

/** Where passwords come from, in Ansible's order: ids first, then files, then the question of --ask-vault-pass. */
export interface VaultSources {
  /** `LABEL@FILE`, `LABEL@prompt`, or a FILE alone. */
  readonly ids: readonly string[]
  readonly files: readonly string[]
  readonly ask: boolean
}

export const defaultLabel = 'default'

/**
 * Reads all passwords; an executable file is run, and what it prints is the password (`--vault-id LABEL` is given to one
 * whose name ends in -client). Throws ConfigError that names the source.
 */
export async function loadVaultPasswords(
  sources: VaultSources,
  prompt: (question: string) => Promise<Secret>,
): Promise<readonly VaultPassword[]> {
  const passwords: VaultPassword[] = []
  const ids = [
    ...sources.ids.map(splitId),
    ...sources.files.map((source) => ({ label: defaultLabel, source })),
  ]
  for (const { label, source } of ids) {
    const password =
      source === 'prompt'
        ? await asked(`Vault password (${label}): `, prompt)
        : await readSource(source, label, passwords)
    passwords.push({ label, password })
  }
  if (sources.ask) passwords.push({ label: defaultLabel, password: await asked('Vault password: ', prompt) })
  return passwords
}

async function asked(question: string, prompt: (question: string) => Promise<Secret>): Promise<Secret> {
  const password = await prompt(question)
  if (password.reveal().trim() === '') throw new ConfigError('the vault password must not be empty')
  return new Secret(password.reveal().trim())
}

function splitId(id: string): { readonly label: string; readonly source: string } {
  const at = id.indexOf('@')
  return at < 0
    ? { label: defaultLabel, source: id }
    : { label: id.slice(0, at) || defaultLabel, source: id.slice(at + 1) }
}

async function readSource(source: string, label: string, earlier: readonly VaultPassword[]): Promise<Secret> {
  const file = resolve(source.replace(/^~(?=\/|$)/, homedir()))
  const name = `the vault password file ${source}`
  try {
    const isProgram = ((await stat(file)).mode & 0o111) !== 0
    const text = isProgram ? await outputOf(file, label) : (await readFile(file, 'utf8')).trim()
    const plain = isVaultText(text) ? vaultOpener(earlier).open(text, `${source}:1`) : text
    const password = plain.replace(/^[\r\n]+|[\r\n]+$/g, '')
    if (password === '') throw new Error('it gives no password')
    return new Secret(password)
  } catch (error) {
    throw new ConfigError(`cannot read ${name}: ${messageOf(error)}`, [], { cause: error })
  }
}

/** Standard input and errors are the user's own, so that the program may ask something itself. */
function outputOf(file: string, label: string): Promise<string> {
  const isClient = /-client(?:\.[^./]*)?$/.test(file)
  const words = isClient ? ['--vault-id', label] : []
  return new Promise((done, fail) => {
    const child = spawn(file, words, { stdio: ['inherit', 'pipe', 'inherit'] })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => void chunks.push(chunk))
    child.on('error', (error) =>
      fail(new Error(`${error.message}; if it is no program, take its executable bit away`)),
    )
    child.on('close', (code) => {
      if (code === 0) done(Buffer.concat(chunks).toString('utf8'))
      else fail(new Error(`the program ended with ${code ?? 'a signal'}`))
    })
  })
}
