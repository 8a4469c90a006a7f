/** One host of a ProxyJump. */
export interface JumpHop {
  readonly host: string
  readonly user?: string
  readonly port?: number
  readonly text: string
}

/** Reads `user@a:2222,ssh://b:22`: the first is dialed first. */
export function parseJumps(text: string): readonly JumpHop[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(parseHop)
}

function parseHop(text: string): JumpHop {
  const found = /^(?:ssh:\/\/)?(?:(.+)@)?(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?\/?$/.exec(text)
  if (!found) return { host: text, text }
  const [, user, bracketed, plain, port] = found
  return {
    host: bracketed ?? plain ?? text,
    text,
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port: Number(port) }),
  }
}
