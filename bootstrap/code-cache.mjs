// Has kmesos keep its compiled code in dist/, by one ordinary play over SSH on a server of our own. So an installation that
// its users cannot write starts fast, too. A play over SSH, because only code that has run is compiled.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2 from 'ssh2'

/** Returns undefined, or why nothing was kept: then the first play of somebody who may write there does it. */
export async function keepCompiledCode(program) {
  const folder = mkdtempSync(join(tmpdir(), 'kmesos-build-'))
  const [hostKey, userKey] = [1, 2].map(() => ssh2.utils.generateKeyPairSync('ed25519'))
  const server = new ssh2.Server({ hostKeys: [hostKey.private] }, (client) => serve(client, folder))
  try {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    writeFileSync(join(folder, 'key'), userKey.private, { mode: 0o600 })
    writeFileSync(
      join(folder, 'hosts'),
      `warm ansible_host=127.0.0.1 ansible_port=${server.address().port}\n`,
    )
    writeFileSync(join(folder, 'site.yml'), playbookIn(join(folder, 'made')))
    mkdirSync(join(folder, 'made'))
    return await run(program, folder)
  } catch (error) {
    return error.message
  } finally {
    server.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A server for one client of this process: it listens on the loopback for a second, and runs what sh is given. */
function serve(client, folder) {
  client.on('error', () => {})
  client.on('authentication', (context) =>
    context.method === 'publickey' ? context.accept() : context.reject(),
  )
  client.on('session', (accept) => {
    accept().on('exec', (accepted, _rejected, { command }) => {
      const channel = accepted()
      const child = spawn('sh', ['-c', command], { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] })
      channel.pipe(child.stdin)
      child.stdin.on('error', () => {})
      child.stdout.pipe(channel, { end: false })
      child.stderr.pipe(channel.stderr, { end: false })
      child.on('close', (code) => {
        channel.exit(code ?? 255)
        channel.end()
      })
    })
  })
}

function playbookIn(folder) {
  return `
- hosts: all
  gather_facts: false
  vars: { greeting: hello }
  tasks:
    - { name: folder, file: { path: ${folder}/a, state: directory, mode: '0750' } }
    - { name: file, copy: { content: "<%= greeting %>\\n", dest: ${folder}/a/f, mode: '0640' } }
    - { name: line, lineinfile: { path: ${folder}/a/f, line: more }, notify: told }
    - { name: each, copy: { content: "<%= item %>\\n", dest: "${folder}/<%= item %>" }, loop: [b, c] }
    - { name: ask, command: cat ${folder}/a/f, register: said, changed_when: false }
    - { name: tell, debug: { msg: "<%= said.stdout %>" }, when: greeting == 'hello' }
  handlers:
    - { name: told, debug: { msg: told } }
`
}

async function run(program, folder) {
  const words = ['play', 'site.yml', '-i', 'hosts', '--private-key', 'key', '--user', 'warm']
  const child = spawn(process.execPath, [program, ...words, '--host-key-checking', 'off'], {
    cwd: folder,
    // Nothing of the builder's own: neither their SSH configuration nor options of Node, which V8 would compare.
    env: { PATH: process.env.PATH, HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  })
  let said = ''
  child.stdout.on('data', (chunk) => (said += chunk))
  child.stderr.on('data', (chunk) => (said += chunk))
  const [code] = await once(child, 'close')
  return code === 0 ? undefined : `the play ended with ${code ?? 'a time-out'}:\n${said}`
}
