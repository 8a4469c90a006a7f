import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const project = join(import.meta.dirname, '../..')

/** The services of one role each; all take the image of memcached. */
const steps: Readonly<Record<string, string>> = {
  // Runs, and its ready check never holds.
  mute: `    daemon:
      command: [/bin/sh, -c, 'echo "the vault is closed" >&2; exec sleep 600']
      ready: { tcp: "127.0.0.1:9", within: 3 }`,
  // Nothing is wrong with it, but it waits for the one above.
  after: `    daemon:
      command: [sleep, 600]
      ready: { none: true }
      requires: [mute/daemon]`,
  // A one-time command that always fails.
  broken: `    commands:
      migrate:
        command: [/bin/sh, -c, 'echo "schema 12 is newer than 11" >&2; exit 4']
        run_once: true
        retries: 1
        delay: 1
    daemon:
      command: [sleep, 600]
      ready: { none: true }
      requires: [broken/migrate]`,
  good: `    daemon:
      command: [sleep, 600]
      ready: { none: true }`,
}

/** Makes a folder for --base with services that end as their names say; profile NAME has what NAME needs. */
export async function writeNeverReady(folder: string): Promise<string> {
  const base = join(folder, 'base')
  await cp(join(project, 'templates'), join(base, 'templates'), { recursive: true, force: true })
  for (const [name, rest] of Object.entries(steps)) {
    const head = ['placement: controller', 'cpus: 0.1', 'mem: 32', 'user: root'].map((line) => `    ${line}`)
    const image = `    image: "<%= image('memcached') %>"`
    const text = ['name: ' + name, 'services:', `  ${name}:`, image, ...head, rest, ''].join('\n')
    await mkdir(join(base, 'roles', name), { recursive: true })
    await writeFile(join(base, 'roles', name, 'service.yml'), text)
  }
  const profiles =
    'minimal: [good, mute, after, broken]\nmute: [mute, after]\nbroken: [broken]\ngood: [good]\n'
  await writeFile(join(base, 'roles/profiles.yml'), profiles)
  await writeFile(join(base, 'roles/defaults.yml'), await readFile(join(project, 'roles/defaults.yml')))
  return base
}
