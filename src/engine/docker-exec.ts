import { TimeoutError } from '../kernel/errors.ts'
import type { JsonObject } from '../marathon/json.ts'
import type { DockerApi } from './docker-api.ts'
import { demultiplex } from './docker-stream.ts'
import type { ExecResult } from './runtime.ts'

const longestOutput = 64 * 1024

export interface ExecCall {
  readonly argv: readonly string[]
  readonly timeoutMs: number
}

/** Runs a command in a running container and waits for its end. Throws TimeoutError; the command itself then goes on. */
export async function execInContainer(
  api: DockerApi,
  name: string,
  { argv, timeoutMs }: ExecCall,
): Promise<ExecResult> {
  const body = { AttachStdout: true, AttachStderr: true, Cmd: argv }
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const path = `/containers/${encodeURIComponent(name)}/exec`
    const { Id: id } = (await api.call({ method: 'POST', path, body, signal })) as { Id: string }
    const start = {
      method: 'POST',
      path: `/exec/${id}/start`,
      body: { Detach: false, Tty: false },
      signal,
    } as const
    const output: Buffer[] = []
    let length = 0
    for await (const part of demultiplex(await api.stream(start), false)) {
      if (length < longestOutput) output.push(part.bytes)
      length += part.bytes.length
    }
    // An abort ends the stream without an error.
    signal.throwIfAborted()
    const result = (await api.call({ method: 'GET', path: `/exec/${id}/json` })) as JsonObject
    return {
      exitCode: Number(result['ExitCode']),
      output: Buffer.concat(output).toString('utf8').slice(0, longestOutput),
    }
  } catch (error) {
    if (signal.aborted)
      throw new TimeoutError(`the command did not end within ${timeoutMs / 1000} s`, { cause: error })
    throw error
  }
}
