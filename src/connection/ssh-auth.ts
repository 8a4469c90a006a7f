import type { AuthenticationType, AuthHandlerMiddleware, NextAuthHandler, ParsedKey, Prompt } from 'ssh2'
import type { Secret } from '../kernel/secret.ts'

type AuthHandlerResult = Parameters<NextAuthHandler>[0]

/** One way to log in, in the order in which the ways are tried. */
export type AuthAttempt =
  | { readonly kind: 'key'; readonly file: string; readonly key: ParsedKey }
  | { readonly kind: 'agent'; readonly socket: string }
  | { readonly kind: 'password'; readonly password: Secret }
  | { readonly kind: 'keyboard'; readonly password: Secret }

/** What was tried so far: for the message when nothing worked. */
export interface AuthRecord {
  readonly tried: string[]
  /** What the server said it would take; undefined until it has refused once. */
  offered: readonly string[] | undefined
}

/** Feeds ssh2 the attempts one after another, leaving out methods that the server does not take. */
export function authHandler(
  user: string,
  attempts: readonly AuthAttempt[],
  record: AuthRecord,
): AuthHandlerMiddleware {
  let next = 0
  return (
    methodsLeft: AuthenticationType[] | null,
    _partial: boolean | null,
    proceed: (result: AuthHandlerResult) => void,
  ) => {
    if (methodsLeft) record.offered = methodsLeft
    for (let attempt = attempts[next++]; attempt; attempt = attempts[next++]) {
      if (methodsLeft && !(methodsLeft as string[]).includes(methodOf(attempt))) continue
      record.tried.push(nameOf(attempt))
      return proceed(resultFor(user, attempt))
    }
    proceed(false as unknown as AuthHandlerResult)
  }
}

function methodOf(attempt: AuthAttempt): string {
  if (attempt.kind === 'keyboard') return 'keyboard-interactive'
  return attempt.kind === 'password' ? 'password' : 'publickey'
}

function nameOf(attempt: AuthAttempt): string {
  switch (attempt.kind) {
    case 'key':
      return `key ${attempt.file} (${attempt.key.type})`
    case 'agent':
      return 'the keys of the agent'
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
      return { type: 'agent', username, agent: attempt.socket }
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
