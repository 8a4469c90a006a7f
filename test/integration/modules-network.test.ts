import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openRealHost, type RealCase, type RealHost } from '../support/real-modules.ts'

const test = suite('commands, requests, waits and containers on a real host')
let host: RealHost
let server: Server
/** What the host's requests looked like. */
const asked: string[] = []
let base = ''

test.before(async () => {
  host = await openRealHost('modules-network', 74, { images: ['memcached'] })
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (piece: Buffer) => (body += piece.toString()))
    request.on('end', () => {
      const { authorization = '', 'content-type': type = '' } = request.headers
      asked.push(`${request.method} ${request.url} ${type} ${authorization} ${body}`)
      if (request.url === '/moved') response.writeHead(302, { location: '/json' }).end()
      else if (request.url === '/json')
        response.writeHead(200, { 'content-type': 'application/json', 'x-more': '1' }).end('{"a":[1]}')
      else response.writeHead(request.method === 'POST' ? 201 : 404).end('nothing\n')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, host.lab.gateway, resolve))
  base = `http://${host.lab.gateway}:${(server.address() as AddressInfo).port}`
})
test.after(async () => {
  server.close()
  await host.close()
})

const commands: readonly RealCase[] = [
  {
    title: 'command: words, input, folder',
    always: true,
    tasks: `- command: { argv: [sh, -c, 'cat >in; pwd >>in', x y], chdir: /tmp, stdin: "it's in" }`,
    holds: `printf "it's in\\n/tmp\\n" | cmp - /tmp/in`,
  },
  {
    title: 'command: creates, by a glob',
    reads: true,
    tasks: '- command: { cmd: "touch /tmp/never", creates: "/tmp/i?" }',
    holds: '[ ! -e /tmp/never ]',
  },
  {
    title: 'shell: by bash',
    always: true,
    tasks: `- shell: { cmd: 'a=(1 2); echo \${#a[@]} >/tmp/bash', executable: /bin/bash }`,
    holds: '[ "$(cat /tmp/bash)" = 2 ]',
  },
  {
    title: 'script: a shell script with arguments',
    always: true,
    tasks: `- script: "say.sh 'a b' c"`,
    holds: `[ "$(cat /tmp/said)" = 'a b|c' ]`,
  },
  {
    title: 'script: of another interpreter',
    always: true,
    tasks: '- script: { cmd: "say.pl x", chdir: /srv }',
    holds: `[ "$(cat /tmp/perl)" = 'x /srv' ]`,
  },
  {
    title: 'wait_for: nobody is connected to a port',
    reads: true,
    tasks: '- wait_for: { port: 1, state: drained }',
  },
  {
    title: 'wait_for: a port that answers with a text',
    reads: true,
    tasks: '- wait_for: { port: 22, search_regex: "^SSH-2" }',
  },
  {
    title: 'wait_for: a file, without a text',
    reads: true,
    before: 'echo x >/tmp/w',
    tasks: '- wait_for: { path: /tmp/w, search_regex: yes, state: absent }',
  },
  {
    title: 'wait_for: tells what it waited for',
    tasks: '- wait_for: { port: 1, timeout: 1 }',
    fails: /timed out after 1 s waiting for 127.0.0.1:1 answers/,
  },
]

const containers: readonly RealCase[] = [
  {
    title: 'docker_volume: makes',
    tasks: '- docker_volume: { name: v1, labels: { a: b } }',
    holds: 'docker volume inspect v1',
  },
  {
    title: 'docker_volume: makes anew with other options',
    tasks:
      '- docker_volume: { name: v1, driver_options: { type: tmpfs, device: tmpfs }, recreate: options-changed }',
    holds: "docker volume inspect v1 --format '{{.Options}}' | grep -q tmpfs",
  },
  {
    title: 'docker_container: runs with what it was told',
    tasks: `- docker_container: { name: c1, image: '<%= image %>', pull: never, network_mode: host, command: [sleep, '1000'], env: { A: "b c" }, volumes: ['/srv:/here:ro'], cap_drop: [ALL], read_only: true, tmpfs: [/tmp], memory: 64m, etc_hosts: { there: 10.0.0.9 }, healthcheck: { test: [CMD, test, -d, "/here"], interval: 1s }, restart_policy: on-failure, restart_retries: 2 }\n  vars: { image: IMAGE }`,
    holds: `docker exec c1 sh -c '[ "$A" = "b c" ] && grep -q there /etc/hosts && ! touch /x 2>/dev/null' && [ "$(docker inspect c1 --format '{{.HostConfig.RestartPolicy.MaximumRetryCount}} {{.HostConfig.CapDrop}}')" = '2 [ALL]' ]`,
  },
  {
    title: 'docker_container: stops',
    tasks: '- docker_container: { name: c1, state: stopped, force_kill: true }',
    holds: `[ "$(docker inspect c1 --format '{{.State.Running}}')" = false ]`,
  },
  {
    title: 'docker_container: removes',
    tasks: '- docker_container: { name: c1, state: absent }',
    holds: '! docker inspect c1',
  },
  {
    title: 'docker_volume: removes',
    tasks: '- docker_volume: { name: v1, state: absent }',
    holds: '! docker volume inspect v1',
  },
]

test('scripts are there', () => {
  host.folder.write('files/say.sh', '#!/bin/sh\nprintf "%s|%s" "$1" "$2" >/tmp/said\n')
  host.folder.write(
    'files/say.pl',
    '#!/usr/bin/perl\nuse Cwd; open F, ">/tmp/perl"; print F "$ARGV[0] ", getcwd();\n',
  )
})

for (const given of commands) test(given.title, async () => void (await host.prove(given)))

test('uri: asks, follows, and registers the answer', async () => {
  const tasks = `- uri: { url: "${base}/moved", return_content: true }
  register: answer
- assert:
    that:
      - answer.status === 200 && answer.json.a[0] === 1 && answer.redirected && answer.x_more === "1"
      - answer.content === '{"a":[1]}' && answer.url === "${base}/json"
- uri: { url: "${base}/none", status_code: [404] }
- uri: { url: "${base}/moved", follow_redirects: none, status_code: 302 }`
  const results = await host.prove({ title: '', tasks, reads: true })
  assert.equal(
    results.map(({ status }) => status),
    ['ok', 'ok', 'ok', 'ok'],
  )
})

test('uri: sends data and a password that no list of processes shows', async () => {
  const tasks = `- uri:
    url: "${base}/things?x=1"
    method: POST
    body: { name: "it's \\"quoted\\" \\\\ ✓\\nsecond line", n: [1] }
    body_format: json
    status_code: [201]
    user: me
    password: hush-hush
    return_content: true
  register: answer
- assert: { that: 'answer.status === 201 && answer.content === "nothing\\n"' }
- uri: { url: "${base}/form", method: POST, body: { a: "b c", d: [1, 2] }, body_format: form-urlencoded, status_code: 201 }`
  asked.length = 0
  const results = await host.play(tasks)
  assert.equal(
    results.map(({ status }) => status),
    ['ok', 'ok', 'ok'],
    JSON.stringify(results),
  )
  const basic = `Basic ${Buffer.from('me:hush-hush').toString('base64')}`
  const body = JSON.stringify({ name: `it's "quoted" \\ ✓\nsecond line`, n: [1] })
  assert.equal(asked, [
    `POST /things?x=1 application/json ${basic} ${body}`,
    'POST /form application/x-www-form-urlencoded  a=b+c&d=1&d=2',
  ])
})

test('uri: another status fails, and says which', async () => {
  await host.prove({ title: '', tasks: `- uri: { url: "${base}/none" }`, fails: /status 404, wanted 200/ })
  await host.prove({
    title: '',
    tasks: `- uri: { url: "${base}/x", method: PUT }`,
    fails: /did not answer 200: status 404/,
  })
  await host.prove({
    title: '',
    tasks: '- uri: { url: "http://127.0.0.1:1/" }',
    fails: /no answer \(curl: \(7\)/,
  })
})

test('get_url: downloads over HTTP, with a header and a password', async () => {
  asked.length = 0
  const tasks = `- get_url: { url: "${base}/json", dest: /srv/got.json, headers: { X-Token: t }, url_username: me, password: hush-hush }`
  await host.prove({ title: '', tasks, holds: `[ "$(cat /srv/got.json)" = '{"a":[1]}' ]` })
  assert.match(asked[0] ?? '', /^GET \/json {2}Basic /)
})

test('containers', async () => {
  const image = (await host.sh("docker images --format '{{.Repository}}:{{.Tag}}' | head -n 1")).trim()
  for (const given of containers) await host.prove({ ...given, tasks: given.tasks.replace('IMAGE', image) })
})

test.run()
