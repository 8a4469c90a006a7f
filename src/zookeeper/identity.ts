import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'
import { ConfigError } from '../kernel/errors.ts'
import type { Acl, AclEntry, DigestLogin } from './types.ts'

/**
 * Who is who in ZooKeeper. From each service's 32 random bytes come, by HKDF-SHA256 with different labels, its digest
 * password and the AES-256-GCM key of its secrets; the operator and the reader have keys of their own.
 */
export type Principal = 'operator' | 'reader' | { readonly service: string }

const bytesOfKey = 32
const bytesOfNonce = 12
const bytesOfTag = 16

/** The login of a principal. `key`: 32 bytes in base64. */
export function loginOf(principal: Principal, deployment: string, key: string): DigestLogin {
  const name = typeof principal === 'string' ? principal : `service-${principal.service}`
  return {
    user: `${deployment}.${name}`,
    password: derive(key, 'kmesos zookeeper digest').toString('base64url'),
  }
}

/** What ZooKeeper stores of a login: `user:base64(sha1("user:password"))`. */
export function digestIdOf(login: DigestLogin): string {
  const hash = createHash('sha1').update(`${login.user}:${login.password}`).digest('base64')
  return `${login.user}:${hash}`
}

const everything: AclEntry['permissions'] = ['create', 'read', 'write', 'delete', 'admin']

/** ACLs of the layout, from the digest ids of the principals concerned. */
export const acls = {
  operatorOnly: (operator: string): Acl => [{ digestId: operator, permissions: everything }],
  /** services/, variables, releases: read by all containers. */
  readable: (operator: string, reader: string): Acl => [
    { digestId: operator, permissions: everything },
    { digestId: reader, permissions: ['read'] },
  ],
  /** status/, registry/, waiting/ of one service: it writes, all containers read. */
  writtenByService: (operator: string, reader: string, service: string): Acl => [
    { digestId: operator, permissions: everything },
    { digestId: reader, permissions: ['read'] },
    { digestId: service, permissions: ['create', 'read', 'write', 'delete'] },
  ],
  secretOf: (operator: string, service: string): Acl => [
    { digestId: operator, permissions: everything },
    { digestId: service, permissions: ['read'] },
  ],
}

/** AES-256-GCM of a service's secrets; `aad` binds the text to deployment and service. Result: base64 of nonce, tag, text. */
export function seal(plain: string, key: string, aad: string): string {
  const nonce = randomBytes(bytesOfNonce)
  const cipher = createCipheriv('aes-256-gcm', derive(key, 'kmesos secrets'), nonce).setAAD(Buffer.from(aad))
  const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64')
}

/** Throws ConfigError when the key or the place is another one than at sealing. */
export function unseal(sealed: string, key: string, aad: string): string {
  const bytes = Buffer.from(sealed, 'base64')
  const nonce = bytes.subarray(0, bytesOfNonce)
  const decipher = createDecipheriv('aes-256-gcm', derive(key, 'kmesos secrets'), nonce).setAAD(
    Buffer.from(aad),
  )
  try {
    decipher.setAuthTag(bytes.subarray(bytesOfNonce, bytesOfNonce + bytesOfTag))
    return Buffer.concat([
      decipher.update(bytes.subarray(bytesOfNonce + bytesOfTag)),
      decipher.final(),
    ]).toString('utf8')
  } catch (cause) {
    throw new ConfigError(`the secrets of ${aad} cannot be decrypted with this key`, [], {
      cause,
      hint: 'deploy again: the key on this host is older than the secrets in ZooKeeper',
    })
  }
}

/** A fresh key: 32 random bytes in base64. */
export function newKey(): string {
  return randomBytes(bytesOfKey).toString('base64')
}

/** What binds a service's sealed secrets to their place. */
export function secretsPlace(deployment: string, service: string): string {
  return `${deployment}/${service}`
}

function derive(key: string, label: string): Buffer {
  return Buffer.from(hkdfSync('sha256', Buffer.from(key, 'base64'), '', label, bytesOfKey))
}
