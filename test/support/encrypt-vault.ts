import { createCipheriv, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'

/** Encrypts as `ansible-vault encrypt` does: format 1.1, or 1.2 with a label. */
export function encryptVault(text: string, password: string, label?: string): string {
  const salt = randomBytes(32)
  const derived = pbkdf2Sync(password, salt, 10_000, 80, 'sha256')
  const plain = Buffer.from(text, 'utf8')
  const padding = 16 - (plain.length % 16)
  const padded = Buffer.concat([plain, Buffer.alloc(padding, padding)])
  const cipher = createCipheriv('aes-256-ctr', derived.subarray(0, 32), derived.subarray(64))
  const ciphertext = Buffer.concat([cipher.update(padded), cipher.final()])
  const hmac = createHmac('sha256', derived.subarray(32, 64)).update(ciphertext).digest('hex')
  const body = Buffer.from([salt.toString('hex'), hmac, ciphertext.toString('hex')].join('\n')).toString(
    'hex',
  )
  const header = label === undefined ? '$ANSIBLE_VAULT;1.1;AES256' : `$ANSIBLE_VAULT;1.2;AES256;${label}`
  return `${[header, ...(body.match(/.{1,80}/g) ?? [])].join('\n')}\n`
}

/** An inline value of YAML, as `ansible-vault encrypt_string` writes it, indented by so many blanks. */
export function inlineVault(
  text: string,
  password: string,
  options: { indent: number; label?: string },
): string {
  const blanks = ' '.repeat(options.indent)
  const lines = encryptVault(text, password, options.label).trimEnd().split('\n')
  return `!vault |\n${lines.map((line) => `${blanks}${line}`).join('\n')}`
}
