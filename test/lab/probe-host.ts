import { readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { connect } from 'node:net'

/** True when an SSH server greets at the address. */
export async function answersSsh(address: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ host: address, port: 22, timeout: probeMs })
    const end = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('data', (greeting) => end(greeting.toString('latin1').startsWith('SSH-')))
    for (const event of ['error', 'timeout', 'close']) socket.once(event, () => end(false))
  })
}

/** True when something in the network namespace of the process listens on port 22: without a packet that may get lost. */
export async function listensSsh(pid: number): Promise<boolean> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'utf8').catch(() => '')),
  )
  // Local address:port in hex, any remote, state 0A: listening.
  return tables.some((table) => /:0016 [0-9A-F]+:0000 0A/.test(table))
}

/** True when a Docker engine answers on the socket file. */
export async function answersDocker(socketPath: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const ping = request({ socketPath, path: '/_ping', timeout: probeMs }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    ping.once('timeout', () => ping.destroy())
    ping.once('error', () => resolve(false))
    ping.end()
  })
}

const probeMs = 1_000
