import { nearest } from '../kernel/nearest.ts'

/** What stands behind a keyword of ssh_config, as far as it is checked. */
type Kind = 'word' | 'words' | 'flag' | 'count' | 'port' | 'time' | 'command' | readonly string[]

const flag: Kind = 'flag'
const yesNo = ['yes', 'no', 'true', 'false']

/** The keywords that kmesos obeys. */
const obeyed: Readonly<Record<string, Kind>> = {
  hostname: 'word',
  user: 'word',
  port: 'port',
  addressfamily: ['any', 'inet', 'inet6'],
  bindaddress: 'word',
  batchmode: flag,
  canonicalizehostname: [...yesNo, 'always', 'none'],
  certificatefile: 'word',
  ciphers: 'word',
  compression: flag,
  connectionattempts: 'count',
  connecttimeout: 'time',
  controlpath: 'word',
  globalknownhostsfile: 'words',
  hashknownhosts: flag,
  hostkeyalgorithms: 'word',
  hostkeyalias: 'word',
  identitiesonly: flag,
  identityagent: 'word',
  identityfile: 'word',
  ignoreunknown: 'word',
  kbdinteractiveauthentication: flag,
  kexalgorithms: 'word',
  macs: 'word',
  numberofpasswordprompts: 'count',
  passwordauthentication: flag,
  preferredauthentications: 'word',
  proxycommand: 'command',
  proxyjump: 'command',
  pubkeyauthentication: [...yesNo, 'unbound', 'host-bound'],
  serveralivecountmax: 'count',
  serveraliveinterval: 'time',
  stricthostkeychecking: [...yesNo, 'ask', 'off', 'accept-new'],
  tag: 'word',
  userknownhostsfile: 'words',
}

/** Keywords of OpenSSH that change nothing for kmesos (terminals, forwarding, its own sharing of connections), or nothing any more. */
const passedOver = new Set(
  `addkeystoagent afstokenpassing canonicaldomains canonicalizefallbacklocal canonicalizemaxdots canonicalizepermittedcnames
casignaturealgorithms channeltimeout checkhostip cipher clearallforwardings compressionlevel controlmaster controlpersist
dsaauthentication dynamicforward enableescapecommandline enablesshkeysign escapechar exitonforwardfailure fallbacktorsh fingerprinthash
forkafterauthentication forwardagent forwardx11 forwardx11timeout forwardx11trusted gatewayports globalknownhostsfile2
gssapiauthentication gssapiclientidentity gssapidelegatecredentials gssapikexalgorithms gssapikeyexchange gssapirenewalforcesrekey
gssapiserveridentity gssapitrustdns hostbasedacceptedalgorithms hostbasedauthentication hostbasedkeytypes ipqos kbdinteractivedevices keepalive
kerberosauthentication kerberostgtpassing knownhostscommand localcommand localforward loglevel logverbose
nohostauthenticationforlocalhost obscurekeystroketiming permitlocalcommand permitremoteopen pkcs11provider protocol protocolkeepalives
proxyusefdpass pubkeyacceptedalgorithms pubkeyacceptedkeytypes refuseconnection rekeylimit remotecommand remoteforward requesttty
requiredrsasize revokedhostkeys rhostsauthentication rhostsrsaauthentication securitykeyprovider sendenv sessiontype setenv setuptimeout
smartcarddevice stdinnull streamlocalbindmask streamlocalbindunlink syslogfacility tcpkeepalive tunnel tunneldevice updatehostkeys
useblacklistedkeys usekeychain useprivilegedport useroaming userknownhostsfile2 usersh verifyhostkeydns versionaddendum
visualhostkey warnweakcrypto xauthlocation bindinterface identityfile2`.split(/\s+/),
)

/** Older names of the same thing: the first value of either wins. */
const aliases: Readonly<Record<string, string>> = {
  challengeresponseauthentication: 'kbdinteractiveauthentication',
  skeyauthentication: 'kbdinteractiveauthentication',
  tisauthentication: 'kbdinteractiveauthentication',
  identityfile2: 'identityfile',
}

/** These take the rest of the line as it is. */
const commands = new Set(['proxycommand', 'localcommand', 'remotecommand', 'proxyjump'])

export function plainKeyword(word: string): string {
  const lower = word.toLowerCase()
  return aliases[lower] ?? lower
}

export function takesRestOfLine(keyword: string): boolean {
  return commands.has(keyword)
}

export function isKnownKeyword(keyword: string): boolean {
  return Object.hasOwn(obeyed, keyword) || passedOver.has(keyword)
}

/** "unknown keyword", with the nearest that there is. */
export function unknownKeyword(word: string): string {
  const near = nearest(word.toLowerCase(), [
    ...Object.keys(obeyed),
    ...passedOver,
    'host',
    'match',
    'include',
  ])
  const way = near === undefined ? 'IgnoreUnknown lets it pass' : `did you mean "${near}"?`
  return `OpenSSH has no option "${word}"; ${way}`
}

/** What is wrong with the values of one line; undefined when nothing is, or when nobody looks. */
export function valueProblem(keyword: string, args: readonly string[]): string | undefined {
  if (!Object.hasOwn(obeyed, keyword)) return undefined
  const kind = obeyed[keyword] ?? 'word'
  const [value = ''] = args
  if (kind === 'words' || kind === 'command') return undefined
  if (args.length > 1) return `${keyword} takes one value; got ${args.length}`
  const wanted = isFit(kind, value)
  return wanted === undefined ? undefined : `${keyword} must be ${wanted}; got "${value}"`
}

function isFit(kind: Exclude<Kind, 'words' | 'command'>, value: string): string | undefined {
  if (typeof kind !== 'string')
    return kind.includes(value.toLowerCase()) ? undefined : `one of ${kind.join(', ')}`
  switch (kind) {
    case 'flag':
      return yesNo.includes(value.toLowerCase()) ? undefined : 'yes or no'
    case 'count':
      return /^\d{1,9}$/.test(value) ? undefined : 'a whole number'
    case 'port':
      return portOf(value) === undefined ? 'a port from 1 to 65535' : undefined
    case 'time':
      return secondsOf(value) === undefined ? 'a time as 30, 90s or 1m30s' : undefined
    case 'word':
      return undefined
  }
}

export function portOf(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  return port > 0 && port < 65_536 ? port : undefined
}

const unitSeconds: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

/** Seconds of `90`, `1m30s`, `2h`; 0 for `none`; undefined for anything else. */
export function secondsOf(text: string): number | undefined {
  if (text.toLowerCase() === 'none') return 0
  if (!/^(?:\d{1,9}[smhdw]?)+$/i.test(text)) return undefined
  let seconds = 0
  for (const [, count, unit = ''] of text.matchAll(/(\d+)([smhdw]?)/gi))
    seconds += Number(count) * (unitSeconds[unit.toLowerCase()] ?? 1)
  return seconds
}
