import type { ScalarTag, Tags } from 'yaml'

/**
 * How PyYAML (YAML 1.1) types a plain text, from its own resolver's expressions: `yes` is true but `y` a text, `1e3` a
 * text, `0644` octal, `1:30` ninety, a date the text that Ansible prints for it.
 */
const booleans: ScalarTag = {
  identify: (value) => typeof value === 'boolean',
  default: true,
  tag: 'tag:yaml.org,2002:bool',
  test: /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
  resolve: (text) => /^(?:yes|true|on)$/i.test(text),
}

const floats: ScalarTag = {
  identify: (value) => typeof value === 'number',
  default: true,
  tag: 'tag:yaml.org,2002:float',
  test: /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  resolve: (text) => floatOf(text.replaceAll('_', '').toLowerCase()),
}

const integers: ScalarTag = {
  identify: (value) => typeof value === 'number' && Number.isInteger(value),
  default: true,
  tag: 'tag:yaml.org,2002:int',
  test: /^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/,
  resolve: (text) => integerOf(text.replaceAll('_', '')),
}

const nothing: ScalarTag = {
  identify: (value) => value === null,
  default: true,
  tag: 'tag:yaml.org,2002:null',
  test: /^(?:~|null|Null|NULL|)$/,
  createNode: undefined as never,
  resolve: () => null,
}

const datePattern =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:[Tt]|[ \t]+)(\d{1,2}):(\d{2}):(\d{2})(?:\.(\d*))?(?:[ \t]*(Z|([-+])(\d{1,2})(?::?(\d{2}))?))?)?$/

const dates: ScalarTag = {
  default: true,
  tag: 'tag:yaml.org,2002:timestamp',
  test: /^(?:\d{4}-\d\d-\d\d|\d{4}-\d{1,2}-\d{1,2}(?:[Tt]|[ \t]+)\d{1,2}:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d{1,2}(?::\d\d)?))?)$/,
  resolve: (text) => dateText(text),
}

/** `!!float "1"`: a tag that is written out takes texts that its own test would not. */
const explicitFloat: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  resolve: (text, onError) => {
    const value = floatOf(text.replaceAll('_', '').toLowerCase())
    if (Number.isNaN(value) && !/nan/i.test(text)) onError(`"${text}" is not a number`)
    return value
  },
}

/** Told by their tag when values are made of nodes: a text that is not rendered, and one that is encrypted. */
const marks: readonly ScalarTag[] = ['!unsafe', '!vault', '!vault-encrypted'].map((tag) => ({
  tag,
  resolve: (text) => text,
}))

const ownTags = new Set(
  ['bool', 'float', 'int', 'null', 'timestamp'].map((name) => `tag:yaml.org,2002:${name}`),
)

/** The tags of a document, with PyYAML's in place of the library's. */
export function pythonTags(tags: Tags): Tags {
  const others = tags.filter((tag) => typeof tag === 'string' || !ownTags.has(tag.tag))
  return [nothing, booleans, integers, floats, dates, explicitFloat, ...marks, ...others]
}

function integerOf(text: string): number | string {
  const sign = text.startsWith('-') ? -1 : 1
  const digits = text.replace(/^[-+]/, '')
  const value = sign * magnitudeOf(digits)
  // Beyond 2^53 a number would lose digits; as a text it keeps them.
  return Number.isSafeInteger(value) ? value + 0 : text
}

function magnitudeOf(digits: string): number {
  if (digits === '0') return 0
  if (digits.startsWith('0b')) return Number.parseInt(digits.slice(2), 2)
  if (digits.startsWith('0x')) return Number.parseInt(digits.slice(2), 16)
  if (digits.startsWith('0')) return Number.parseInt(digits, 8)
  return sixties(digits)
}

function floatOf(text: string): number {
  if (text.endsWith('.inf')) return text.startsWith('-') ? -Infinity : Infinity
  if (text === '.nan') return Number.NaN
  if (!text.includes(':')) return Number(text)
  return (text.startsWith('-') ? -1 : 1) * sixties(text.replace(/^[-+]/, ''))
}

/** `1:30` in base sixty; without a colon the number itself. */
function sixties(text: string): number {
  return text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
}

/** As Python's isoformat() writes it. */
function dateText(text: string): string {
  const [
    ,
    year = '',
    month = '',
    day = '',
    hour,
    minute,
    second,
    fraction,
    zone,
    sign,
    zoneHour,
    zoneMinute,
  ] = datePattern.exec(text) ?? []
  const two = (part: string | undefined): string => (part ?? '0').padStart(2, '0')
  const date = `${year}-${two(month)}-${two(day)}`
  if (hour === undefined) return date
  const micros = (fraction ?? '').slice(0, 6).padEnd(6, '0')
  const time = `${two(hour)}:${two(minute)}:${two(second)}${Number(micros) > 0 ? `.${micros}` : ''}`
  if (zone === undefined) return `${date}T${time}`
  return `${date}T${time}${sign === undefined ? '+00:00' : `${sign}${two(zoneHour)}:${two(zoneMinute)}`}`
}
