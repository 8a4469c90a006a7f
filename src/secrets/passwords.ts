import { createHmac, randomBytes } from 'node:crypto'
import { isMap, isScalar, LineCounter, parseDocument, type Document } from 'yaml'
import { unknownWord } from '../kernel/nearest.ts'
import type { Problem } from '../kernel/problems.ts'
import { secret, type Secret } from '../kernel/secret.ts'
import { newKey } from '../zookeeper/identity.ts'
import type { Credentials, NeededSecrets } from './types.ts'

const head = ` Passwords and keys of the deployment; made by "kmesos password init". Keep a copy in a safe place and out of version
 control. Values may be changed: run "kmesos deploy" after that. Missing ones are made by "kmesos password init".`

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
/** 62^32 is above 2^190. */
const passwordLength = 32

/** Letters and digits only: some programs cannot take others in URLs and configuration files. */
export function newPassword(): string {
  let password = ''
  while (password.length < passwordLength) {
    // 248 is the largest multiple of 62 in a byte: others would make some letters likelier.
    for (const byte of randomBytes(passwordLength))
      if (byte < 248) password += alphabet[byte % alphabet.length] ?? ''
  }
  return password.slice(0, passwordLength)
}

export interface CompletedPasswords {
  /** The whole file; comments and existing values as they were. */
  readonly text: string
  /** `passwords/keystone_admin_password`, `keys/services/mariadb`, in order. */
  readonly made: readonly string[]
  readonly problems: readonly Problem[]
}

/** Adds what is missing to the text of a passwords file (empty for a new one); existing values are kept. */
export function completePasswords(text: string, needed: NeededSecrets, file: string): CompletedPasswords {
  const { problems } = parsePasswords(text, { passwords: [], services: [] }, file)
  // A faulty file is not written: its owner must see the fault first.
  const faults = problems.filter((problem) => !problem.message.startsWith(missing))
  if (faults.length > 0) return { text, made: [], problems: faults }
  const document = parseDocument(text)
  if (!document.commentBefore && text.trim() === '') document.commentBefore = head
  const wanted: readonly (readonly [path: readonly string[], make: () => string])[] = [
    ...needed.passwords.map((name) => [['passwords', name], newPassword] as const),
    [['keys', 'operator'], newKey],
    [['keys', 'reader'], newKey],
    ...needed.services.map((name) => [['keys', 'services', name], newKey] as const),
  ]
  const made = wanted.filter(([path]) => !document.hasIn(path))
  for (const [path, make] of made) setIn(document, path, make())
  return {
    text: document.toString({ lineWidth: 0 }),
    made: made.map(([path]) => path.join('/')),
    problems: [],
  }
}

/** setIn cannot pass through a member that is written but empty (`passwords:`). */
function setIn(document: Document, path: readonly string[], value: string): void {
  for (let length = 1; length < path.length; length++) {
    const parent = path.slice(0, length)
    if (!isMap(document.getIn(parent))) document.setIn(parent, document.createNode({}))
  }
  document.setIn(path, value)
}

const missing = 'is missing'

/** The credentials in a passwords file, or everything that is wrong or missing for what is needed. No value is ever shown. */
export function parsePasswords(
  text: string,
  needed: NeededSecrets,
  file: string,
): { readonly credentials: Credentials; readonly problems: readonly Problem[] } {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const problems: Problem[] = document.errors.map((error) => ({
    where: `${file}:${lines.linePos(error.pos[0]).line}`,
    // The parser's message may quote the line, and with it a password.
    message: `is not valid YAML (${error.code})`,
  }))
  const reader: Reader = { document, file, problems }
  problems.push(...unknownMembers(reader))
  const passwords = valuesIn(['passwords'], reader)
  const services = valuesIn(['keys', 'services'], reader)
  const operator = keyAt(['keys', 'operator'], reader)
  const readerKey = keyAt(['keys', 'reader'], reader)
  for (const [name, key] of services) checkKey(`keys/services/${name}`, key.reveal(), reader)
  for (const name of needed.passwords.filter((each) => !passwords.has(each))) {
    problems.push({ where: file, message: `${missing}: passwords/${name}` })
  }
  for (const name of needed.services.filter((each) => !services.has(each))) {
    problems.push({ where: file, message: `${missing}: keys/services/${name}` })
  }
  return { credentials: { passwords, keys: { operator, reader: readerKey, services } }, problems }
}

interface Reader {
  readonly document: Document
  readonly file: string
  readonly problems: Problem[]
}

const members = ['passwords', 'keys']

function unknownMembers({ document, file }: Reader): readonly Problem[] {
  if (!isMap(document.contents)) return []
  return document.contents.items
    .map((item) => (isScalar(item.key) ? String(item.key.value) : ''))
    .filter((name) => !members.includes(name))
    .map((name) => ({ where: file, message: unknownWord('key', name, members) }))
}

function valuesIn(path: readonly string[], reader: Reader): ReadonlyMap<string, Secret> {
  const values = new Map<string, Secret>()
  const node = reader.document.getIn(path, true)
  if (node === undefined || (isScalar(node) && node.value === null)) return values
  if (!isMap(node)) {
    reader.problems.push({ where: reader.file, message: `${path.join('/')} must be a map` })
    return values
  }
  for (const item of node.items) {
    const name = isScalar(item.key) ? String(item.key.value) : ''
    const value = isScalar(item.value) ? item.value.value : undefined
    if (typeof value === 'string' && value !== '') values.set(name, secret(value))
    else
      reader.problems.push({
        where: reader.file,
        message: `${[...path, name].join('/')} must be a quoted text`,
      })
  }
  return values
}

function keyAt(path: readonly string[], reader: Reader): Secret {
  const value = reader.document.getIn(path)
  const place = path.join('/')
  if (value === undefined) {
    reader.problems.push({ where: reader.file, message: `${missing}: ${place}` })
    return secret('')
  }
  checkKey(place, value, reader)
  return secret(typeof value === 'string' ? value : '')
}

const bytesOfKey = 32

function checkKey(place: string, value: unknown, reader: Reader): void {
  if (typeof value === 'string' && Buffer.from(value, 'base64').length === bytesOfKey) return
  reader.problems.push({ where: reader.file, message: `${place} must be ${bytesOfKey} bytes in base64` })
}

/**
 * A keyed hash of a password, for digests: tells whether it changed, and without the operator's key nothing else. See
 * SpecSetting.fingerprint.
 */
export function fingerprintOf(name: string, credentials: Credentials): string {
  const value = credentials.passwords.get(name)?.reveal() ?? ''
  return createHmac('sha256', credentials.keys.operator.reveal()).update(`${name}\0${value}`).digest('hex')
}

/** Everything that must be masked wherever it is printed. */
export function allSecrets(credentials: Credentials): readonly Secret[] {
  const { operator, reader, services } = credentials.keys
  return [...credentials.passwords.values(), operator, reader, ...services.values()]
}
