import { KmesosError } from '../kernel/errors.ts'
import type { RemoteCommand } from './remote-command.ts'
import type { Become } from './types.ts'

/** Another user's rights were refused. The command did not run. */
export class BecomeError extends KmesosError {}

export type BecomeStep =
  /** Nothing to do yet. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'send-password' }
  /** The command runs as process `pid`; `rest` is what it has already written to standard error. */
  | { readonly kind: 'began'; readonly pid: string; readonly rest: Buffer }
  | { readonly kind: 'refused'; readonly text: string }

/** Watches standard error until the command begins: answers the prompt once, a second prompt is a refusal. */
export class BeginWatch {
  readonly #marker: Buffer
  readonly #prompt: string | undefined
  #seen: Buffer = Buffer.alloc(0)
  #answered = false

  constructor(command: RemoteCommand) {
    this.#marker = Buffer.from(`${command.marker ?? ''} `)
    this.#prompt = command.prompt
  }

  push(chunk: Buffer): BecomeStep {
    this.#seen = Buffer.concat([this.#seen, chunk])
    const at = this.#seen.indexOf(this.#marker)
    const end = at < 0 ? -1 : this.#seen.indexOf('\n', at)
    if (end >= 0)
      return {
        kind: 'began',
        pid: this.#seen.toString('latin1', at + this.#marker.length, end),
        rest: this.#seen.subarray(end + 1),
      }
    if (at >= 0) return { kind: 'wait' }
    if (this.#prompt === undefined || !this.#asks()) return { kind: 'wait' }
    if (this.#answered) return { kind: 'refused', text: 'wrong password' }
    this.#answered = true
    this.#seen = Buffer.alloc(0)
    return { kind: 'send-password' }
  }

  /** What was said before the command began: why it did not. */
  get text(): string {
    return this.#seen.toString('utf8').trim()
  }

  /** The password was given, once. */
  get wasAnswered(): boolean {
    return this.#answered
  }

  #asks(): boolean {
    const text = this.#seen.toString('utf8')
    return this.#prompt === ':' ? /[:：]\s*$/.test(text) : text.includes(this.#prompt ?? '')
  }
}

/** What sudo, su or doas said instead of running the command, in whatever language. */
export interface Refusal {
  readonly said: string
  /** A password had been given before. */
  readonly wasAnswered: boolean
}

/** The error that names the reason and the way out. */
export function becomeError(host: string, become: Become, refusal: Refusal): BecomeError {
  const { said } = refusal
  const { reason, hint } = reasonOf(become, refusal)
  return new BecomeError(`cannot become ${become.user} on ${host}: ${reason}`, {
    hint,
    detail: said === '' ? undefined : said,
  })
}

interface BecomeReason {
  readonly pattern: RegExp
  readonly reason: (become: Become, said: string) => string
  readonly hint: (become: Become) => string
}

/** The first that fits. */
const reasons: readonly BecomeReason[] = [
  {
    pattern:
      /account (?:has|or password is) expired|account validation failure|password has expired|is locked/i,
    reason: ({ method }) => `${method} says that the account has expired or is locked`,
    hint: () => 'renew it on the host (chage -E, passwd), or log in as another user',
  },
  {
    pattern: /wrong password|incorrect password|Authentication fail|Sorry, try again/i,
    reason: ({ method }) => `${method} says that the password is wrong`,
    hint: () =>
      'it was given once only; check ansible_become_password, or ask for it with --ask-become-pass (with targetpw or rootpw in sudoers it is that of the user to become, or of root)',
  },
  {
    pattern: /a password is required|Authentication required|a terminal is required to read/i,
    reason: ({ method }) => `${method} wants a password and none was given`,
    hint: () =>
      'give it with --ask-become-pass or ansible_become_password, or allow it without a password (NOPASSWD in sudoers)',
  },
  {
    pattern: /must have a tty|requiretty/i,
    reason: () => 'sudo wants a terminal (requiretty)',
    hint: () => 'remove "Defaults requiretty" from sudoers for this user',
  },
  {
    pattern: /not in the sudoers|is not allowed to|may not run|not permitted|is not allowed/i,
    reason: ({ method }) => `${method} does not allow it to this user`,
    hint: () => 'add the user to sudoers (or its group sudo), or log in as root',
  },
  {
    pattern: /program script is not found/,
    reason: (_become, said) => said,
    hint: () => 'install script (util-linux), or let doas ask for none (permit nopass)',
  },
  {
    pattern: /not found|No such file/i,
    reason: ({ method }) => `${method} is not installed`,
    hint: ({ method }) => `install ${method}, choose another ansible_become_method, or log in as root`,
  },
  {
    pattern: /unknown user|does not exist|No passwd entry/i,
    reason: ({ user }) => `there is no user ${user}`,
    hint: () => 'check become_user',
  },
]

function reasonOf(
  become: Become,
  { said, wasAnswered }: Refusal,
): { readonly reason: string; readonly hint: string } {
  const known = reasons.find(({ pattern }) => pattern.test(said))
  if (known) return { reason: known.reason(become, said), hint: known.hint(become) }
  // The host speaks a language of which no pattern is known.
  if (wasAnswered)
    return {
      reason: `${become.method} did not take the password (${said.split('\n').at(-1) || 'it gave no reason'})`,
      hint: 'it was given once only; check ansible_become_password, and whether the account has expired or is locked',
    }
  return {
    reason: said.split('\n').at(-1) || `${become.method} ended without running the command`,
    hint: `try by hand: ${become.method} -u ${become.user} id`,
  }
}
