/** The outside of a text encrypted with Ansible Vault: its header line, and the hexadecimal body that follows. */
export interface VaultEnvelope {
  /** Of format 1.2: which password opens it. A hint, not part of what is protected. */
  readonly label: string | undefined
  readonly salt: Buffer
  readonly hmac: Buffer
  readonly ciphertext: Buffer
}

const header = '$ANSIBLE_VAULT;'

export function isVaultText(text: string): boolean {
  return text.startsWith(header)
}

/** Reads format 1.1 and 1.2. The fault says what is wrong; nothing here is secret. */
export function parseEnvelope(text: string): VaultEnvelope | { readonly fault: string } {
  if (!isVaultText(text)) return { fault: `does not begin with "${header}"` }
  const [first = '', ...lines] = text.split(/\r\n|\r|\n/)
  const [, version = '', cipher = '', label] = first.split(';').map((part) => part.trim())
  if (version !== '1.1' && version !== '1.2') return { fault: `has the unknown vault format "${version}"` }
  if (cipher !== 'AES256') return { fault: `has the unknown cipher "${cipher}"; known is AES256` }
  const inner = fromHex(lines.join('').trim())?.toString('latin1').split('\n')
  const [salt, hmac, ciphertext] = (inner ?? []).map(fromHex)
  if (inner?.length !== 3 || !salt || hmac?.length !== 32 || !ciphertext)
    return { fault: 'is damaged: its body is not what ansible-vault writes' }
  return { label: label === '' ? undefined : label, salt, hmac, ciphertext }
}

function fromHex(text: string): Buffer | undefined {
  return text.length % 2 === 0 && /^[0-9a-f]*$/i.test(text) ? Buffer.from(text, 'hex') : undefined
}
