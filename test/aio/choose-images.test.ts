import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { chooseImages } from './choose-images.ts'

async function registryWith(status: number): Promise<{ readonly server: Server; readonly name: string }> {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/v2/' ? status : 500).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, name: `127.0.0.1:${(server.address() as AddressInfo).port}` }
}

test('what is asked for is taken without a look at the registry', async () => {
  const never = (): Promise<boolean> => Promise.reject(new Error('asked'))
  assert.is(await chooseImages({ asked: 'local', registry: 'r:1' }, never), 'local')
  assert.is(await chooseImages({ asked: 'registry', registry: undefined }, never), 'registry')
})

test('without a registry our own images are built', async () => {
  assert.is(await chooseImages({ asked: undefined, registry: undefined }), 'local')
})

test('a registry that answers is used, also one that wants a login', async () => {
  for (const status of [200, 401]) {
    const { server, name } = await registryWith(status)
    assert.is(await chooseImages({ asked: undefined, registry: name }), 'registry', String(status))
    server.close()
  }
})

test('where no registry answers our own images are built', async () => {
  const { server, name } = await registryWith(404)
  assert.is(await chooseImages({ asked: undefined, registry: name }), 'local')
  server.closeAllConnections()
  await new Promise((closed) => server.close(closed))
  assert.is(await chooseImages({ asked: undefined, registry: name }), 'local')
})

test.run()
