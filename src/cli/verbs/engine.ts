import { FailedError } from '../../kernel/errors.ts'
import type { OptionDefinition } from '../options.ts'
import { outputOptions } from '../shared-options.ts'
import type { Verb } from '../verb.ts'

const engineOptions: readonly OptionDefinition[] = [
  { name: 'listen', value: 'ADDRESS', help: 'address to listen on (0.0.0.0)' },
  { name: 'port', value: 'PORT', number: true, help: 'port to listen on (8080)' },
  { name: 'hostname', value: 'NAME', help: "what tasks see as HOST (this machine's name)" },
  { name: 'address', value: 'IPV4', help: 'where tasks on the host network are reached (first address)' },
  { name: 'attributes', value: 'TEXT', help: 'for constraints: controller:true;rack:a' },
  {
    name: 'resources',
    value: 'TEXT',
    help: 'cpus:4;mem:8192;disk:100000;ports:[1-32000] (what is left out is detected)',
  },
  { name: 'service-ports', value: 'RANGE', help: 'service ports handed out (10000-20000)' },
  { name: 'docker-socket', value: 'PATH', help: 'socket of the Docker engine (/var/run/docker.sock)' },
  { name: 'state', value: 'DIR', help: 'what is kept over a restart (/var/lib/kmesos-engine)' },
  { name: 'sandboxes', value: 'DIR', help: "tasks' sandboxes; the same path for Docker (STATE/sandboxes)" },
  { name: 'credentials-file', value: 'FILE', help: 'user:password for basic authentication, one line' },
]

export const engine: Verb = {
  name: 'engine',
  summary: "Serve Marathon's v2 API for this one machine, on its Docker engine",
  arguments: '',
  about:
    'Runs until SIGINT or SIGTERM, which leave the tasks running. For one machine only: there is no failover.',
  options: [...engineOptions, ...outputOptions],
  examples: ["kmesos engine --port 8080 --attributes 'controller:true'"],
  screen: 'quiet',
  run: async (request, clients) => {
    const { engineMain } = await import('../../engine/engine-main.ts')
    const words = engineOptions.flatMap(({ name }) => {
      const value = request.options.text(name)
      return value === undefined ? [] : [`--${name}`, value]
    })
    const stopped = (): Promise<void> =>
      new Promise((resolve) => clients.signal.addEventListener('abort', () => resolve(), { once: true }))
    const code = await engineMain(words, { write: (text) => void process.stderr.write(text), stopped })
    if (code !== 0) throw new FailedError(`the engine ended with ${code}`)
  },
}
