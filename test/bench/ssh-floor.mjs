// The floor that kmesos is measured against: bare ssh2, no checks, one command on every host.
// usage: node ssh-floor.mjs KEYFILE USER PORT ADDRESS...
import { readFileSync } from 'node:fs'
import ssh2 from 'ssh2'

const [keyFile, username, port, ...addresses] = process.argv.slice(2)
const privateKey = readFileSync(keyFile)

function runTrue(host) {
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client()
    client.on('error', reject)
    client.on('ready', () => {
      client.exec('true', (error, channel) => {
        if (error) return reject(error)
        channel.on('exit', (code) => (code === 0 ? client.end() : reject(new Error(`exit code ${code}`))))
        channel.resume()
      })
    })
    client.on('close', resolve)
    client.connect({ host, port: Number(port), username, privateKey })
  })
}

await Promise.all(addresses.map(runTrue))
