import type { VaultOpener } from '../vault/opener.ts'
import { askSecret } from './open-transport.ts'
import type { Request } from './verb.ts'
import type { Clients } from './wire.ts'

/** Opens what is encrypted with Ansible Vault, by the passwords that the command line names. What it opens is masked. */
export async function openVault({ options }: Request, clients: Clients): Promise<VaultOpener> {
  const [{ loadVaultPasswords }, { vaultOpener }] = await Promise.all([
    import('../vault/load-vault-passwords.ts'),
    import('../vault/opener.ts'),
  ])
  const sources = {
    ids: options.list('vault-id'),
    files: options.list('vault-password-file'),
    ask: options.flag('ask-vault-pass'),
  }
  const passwords = await loadVaultPasswords(sources, (question) => askSecret(question, clients))
  clients.hide(passwords.map(({ password }) => password))
  return vaultOpener(passwords, clients.hide)
}
