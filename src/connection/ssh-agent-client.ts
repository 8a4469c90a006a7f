import ssh2, { type BaseAgent, type ParsedKey } from 'ssh2'

/** An agent as it is found once for a run: what it holds, and ways to log in with some of it. */
export interface LoadedAgent {
  readonly agent: BaseAgent
  /** Public keys in base64. */
  readonly keys: ReadonlySet<string>
}

/** The agents of a run, each asked once for what it holds. */
export class Agents {
  readonly #loaded = new Map<string, Promise<LoadedAgent | undefined>>()

  /** Undefined when nobody answers on that socket. */
  load(socket: string): Promise<LoadedAgent | undefined> {
    const known = this.#loaded.get(socket)
    if (known) return known
    const loading = loadAgent(socket)
    this.#loaded.set(socket, loading)
    return loading
  }
}

async function loadAgent(socket: string): Promise<LoadedAgent | undefined> {
  const agent = ssh2.createAgent(socket)
  const keys = await new Promise<readonly ParsedKey[] | undefined>((resolve) => {
    agent.getIdentities((error, found) => resolve(error ? undefined : ((found ?? []) as ParsedKey[])))
  })
  return keys && { agent, keys: new Set(keys.map((key) => key.getPublicSSH().toString('base64'))) }
}

/** An agent that shows one of its keys alone: others would use up the tries that sshd allows. */
export function agentWithOnly({ agent }: LoadedAgent, key: string): BaseAgent {
  const getIdentities: BaseAgent['getIdentities'] = (done) => {
    agent.getIdentities((error, found) => {
      const keys = ((found ?? []) as ParsedKey[]).filter(
        (one) => one.getPublicSSH().toString('base64') === key,
      )
      done(error ?? undefined, keys)
    })
  }
  // All else, signing above all, is the agent's own.
  return Object.assign(Object.create(agent) as BaseAgent, { getIdentities })
}
