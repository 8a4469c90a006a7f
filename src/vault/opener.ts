import { ConfigError } from '../kernel/errors.ts'
import { mapLimit } from '../kernel/pool.ts'
import type { Problem } from '../kernel/problems.ts'
import { Secret } from '../kernel/secret.ts'
import { decrypt, decryptAside } from './decrypt.ts'
import { parseEnvelope, type VaultEnvelope } from './envelope.ts'

/** A password with the label that `--vault-id LABEL@SOURCE` gives it; `default` without one. */
export interface VaultPassword {
  readonly label: string
  readonly password: Secret
}

/** Opens texts that are encrypted with Ansible Vault. Each text is decrypted once. */
export interface VaultOpener {
  readonly hasPasswords: boolean
  /** The text behind it. Throws ConfigError that names the place and the way out. */
  readonly open: (text: string, where: string) => string
  /** The value of a `!vault` text: opened when it is looked at. */
  readonly seal: (text: string, where: string) => Secret
  /** Has secrets masked from here on. */
  readonly tell: (secrets: readonly Secret[]) => void
  /** Opens all that were sealed so far, beside each other, and tells those that cannot be. */
  readonly openSealed: () => Promise<readonly Problem[]>
}

const noPassword =
  'is encrypted with Ansible Vault; give its password with --vault-password-file FILE, --vault-id LABEL@FILE or --ask-vault-pass'
/** Keys are derived by the process's four helping threads. */
const atOnce = 4

/** What was opened is kept by its encrypted text. */
interface VaultState {
  readonly passwords: readonly VaultPassword[]
  readonly texts: Map<string, string>
}

/** `onOpened` hears of each value that was decrypted, so that it is masked wherever something is printed. */
export function vaultOpener(
  passwords: readonly VaultPassword[],
  onOpened: (secrets: readonly Secret[]) => void = () => undefined,
): VaultOpener {
  const state: VaultState = { passwords, texts: new Map() }
  const sealed: { readonly text: string; readonly where: string }[] = []
  const open = (text: string, where: string): string => state.texts.get(text) ?? openNow(text, where, state)
  const openAndTell = (text: string, where: string): string => {
    const isNew = !state.texts.has(text)
    const plain = open(text, where)
    if (isNew) onOpened([new Secret(plain)])
    return plain
  }
  return {
    hasPasswords: passwords.length > 0,
    open,
    tell: onOpened,
    seal: (text, where) => {
      sealed.push({ text, where })
      return new Secret(() => openAndTell(text, where), { sealed: text })
    },
    openSealed: async () => {
      const waiting = sealed.splice(0).filter(({ text }) => !state.texts.has(text))
      const outcomes = await mapLimit(waiting, atOnce, ({ text, where }) => openAside(text, where, state))
      onOpened(outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value] : [])))
      return outcomes.flatMap((outcome) => (outcome.ok ? [] : problemsIn(outcome.error)))
    },
  }
}

function openNow(text: string, where: string, { passwords, texts }: VaultState): string {
  const envelope = envelopeAt(text, where)
  for (const { password } of candidates(envelope, passwords)) {
    const plain = decrypt(envelope, password)
    if (plain === undefined) continue
    texts.set(text, plain)
    return plain
  }
  throw refused(where, wrongPassword(envelope, passwords))
}

async function openAside(text: string, where: string, { passwords, texts }: VaultState): Promise<Secret> {
  const envelope = envelopeAt(text, where)
  for (const { password } of candidates(envelope, passwords)) {
    const plain = await decryptAside(envelope, password)
    if (plain === undefined) continue
    texts.set(text, plain)
    return new Secret(plain)
  }
  throw refused(where, wrongPassword(envelope, passwords))
}

function envelopeAt(text: string, where: string): VaultEnvelope {
  const envelope = parseEnvelope(text.trimStart())
  if ('fault' in envelope) throw refused(where, `the vault text ${envelope.fault}`)
  return envelope
}

/** The password with the envelope's label first, as Ansible does; then all others. */
function candidates({ label }: VaultEnvelope, passwords: readonly VaultPassword[]): readonly VaultPassword[] {
  const fitting = passwords.filter((password) => password.label === label)
  return [...fitting, ...passwords.filter((password) => password.label !== label)]
}

function wrongPassword({ label }: VaultEnvelope, passwords: readonly VaultPassword[]): string {
  if (passwords.length === 0) return noPassword
  const labels = passwords.map((password) => `"${password.label}"`).join(', ')
  const wanted = label === undefined ? '' : ` (it asks for "${label}": --vault-id ${label}@FILE)`
  return `cannot be decrypted with the vault passwords given (${labels})${wanted}: the password is wrong, or the text is damaged`
}

function refused(where: string, message: string): ConfigError {
  return new ConfigError(`${where}: ${message}`, [{ where, message }])
}

function problemsIn(error: unknown): readonly Problem[] {
  if (error instanceof ConfigError) return error.problems
  throw error
}
