import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ConfigError } from '../../src/kernel/errors.ts'
import { loadRoles } from '../../src/roles/load-roles.ts'
import { failsWith } from '../support/fails-with.ts'

const folder = mkdtempSync(join(tmpdir(), 'kmesos-roles-'))
test.after(() => rmSync(folder, { recursive: true, force: true }))

test('a folder without roles is a fault with a way out', async () => {
  const error = await failsWith(() => loadRoles(join(folder, 'nowhere')), ConfigError)
  assert.match(error.message, /cannot read the roles/)
  assert.ok(error.hint)
})

test('reads roles with their templates and the shared partials; a role without service.yml is a fault', async () => {
  mkdirSync(join(folder, 'roles/web/templates'), { recursive: true })
  mkdirSync(join(folder, 'templates'))
  writeFileSync(join(folder, 'roles/web/service.yml'), 'name: web\n')
  writeFileSync(join(folder, 'roles/web/templates/a.conf.ejs'), 'A')
  writeFileSync(join(folder, 'templates/shared.ejs'), 'S')
  const sources = await loadRoles(folder)
  assert.equal(
    sources.roles.map((role) => [role.name, role.service.file, role.templates]),
    [['web', 'roles/web/service.yml', { 'a.conf.ejs': 'A' }]],
  )
  assert.equal(sources.partials, { shared: 'S' })
  mkdirSync(join(folder, 'roles/empty'))
  await failsWith(() => loadRoles(folder), ConfigError)
})

test.run()
