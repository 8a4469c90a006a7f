import type {
  AuthenticationType,
  AuthHandlerMiddleware,
  BaseAgent,
  NextAuthHandler,
  ParsedKey,
  Prompt,
} from 'ssh2'
import type { Secret } from '../kernel/secret.ts'

type AuthHandlerResult = Parameters<NextAuthHandler>[0]

/** One way to log in, in the order in which the ways are tried. */
export type AuthAttempt =
  | { readonly kind: 'key'; readonly file: string; readonly key: ParsedKey }
  | { readonly kind: 'agent'; readonly agent: BaseAgent; readonly name: string }
  | { readonly kind: 'password'; readonly password: Secret }
  | { readonly kind: 'keyboard'; readonly password: Secret }

/** How far a dial came and what was tried so far: for the message when it fails. */
export interface AuthRecord {
  readonly tried: string[]
  /** Ways that the server took, when it wanted a further one. */
  readonly accepted?: string[]
  /** What the server said it would take; undefined until it has refused once. */
  offered: readonly string[] | undefined
  /** TCP; SSH's hello and the exchange of keys; the log-in. */
  stage?: 'dial' | 'hello' | 'log-in'
  limitMs?: number
}

/**
 * Feeds ssh2 the attempts one after another, leaving out methods that the server does not take. After a success that is not
 * enough (`AuthenticationMethods a,b`) all others are tried from the beginning: what was refused may be next in turn.
 */
export function authHandler(
  user: string,
  attempts: readonly AuthAttempt[],
  record: AuthRecord,
): AuthHandlerMiddleware {
  let left = [...attempts]
  let queue = [...left]
  let last: AuthAttempt | undefined
  return (
    methodsLeft: AuthenticationType[] | null,
    partial: boolean | null,
    proceed: (result: AuthHandlerResult) => void,
  ) => {
    if (methodsLeft) record.offered = methodsLeft
    if (partial === true && last) {
      record.accepted?.push(nameOf(last))
      const taken = last
      left = left.filter((attempt) => attempt !== taken)
      queue = [...left]
    }
    for (last = queue.shift(); last; last = queue.shift()) {
      if (methodsLeft && !(methodsLeft as string[]).includes(methodOf(last))) continue
      record.tried.push(nameOf(last))
      return proceed(resultFor(user, last))
    }
    proceed(false as unknown as AuthHandlerResult)
  }
}

/** SSH's name for the way. */
export function methodOf(attempt: AuthAttempt): string {
  if (attempt.kind === 'keyboard') return 'keyboard-interactive'
  return attempt.kind === 'password' ? 'password' : 'publickey'
}

/** Those of the methods that PreferredAuthentications names, in its order. */
export function preferredAttempts(
  attempts: readonly AuthAttempt[],
  methods: readonly string[] | undefined,
): readonly AuthAttempt[] {
  if (methods === undefined) return attempts
  return methods.flatMap((method) => attempts.filter((attempt) => methodOf(attempt) === method.trim()))
}

function nameOf(attempt: AuthAttempt): string {
  switch (attempt.kind) {
    case 'key':
      return `key ${attempt.file} (${attempt.key.type})`
    case 'agent':
      return attempt.name
    case 'password':
      return 'password'
    case 'keyboard':
      return 'keyboard-interactive'
  }
}

function resultFor(username: string, attempt: AuthAttempt): AuthHandlerResult {
  switch (attempt.kind) {
    case 'key':
      return { type: 'publickey', username, key: attempt.key }
    case 'agent':
      return { type: 'agent', username, agent: attempt.agent }
    case 'password':
      return { type: 'password', username, password: attempt.password.reveal() }
    case 'keyboard':
      return { type: 'keyboard-interactive', username, prompt: answerWith(attempt.password) }
  }
}

/** Every hidden question gets the password; a question whose answer is shown (a one-time code) gets nothing. */
function answerWith(password: Secret) {
  // Name, instructions and language of the dialog come first; nobody reads them here.
  return (
    ...[, , , prompts, finish]: [string, string, string, Prompt[], (answers: string[]) => void]
  ): void => {
    finish(prompts.map((prompt) => (prompt.echo === true ? '' : password.reveal())))
  }
}
