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
