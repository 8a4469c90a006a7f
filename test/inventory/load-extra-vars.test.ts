import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { loadExtraVars } from '../../src/inventory/load-extra-vars.ts'
import { loadLimit } from '../../src/inventory/load-limit.ts'
import { rejects } from '../support/rejects.ts'

test('files of variables and of limits are read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kmesos-vars-'))
  await writeFile(join(folder, 'vars.yml'), 'a: 1\nb: [x]\n')
  await writeFile(join(folder, 'retry'), 'w1\n\nw2\n')
  assert.equal(await loadExtraVars([`@${folder}/vars.yml`, 'a=2']), { a: '2', b: ['x'] })
  assert.equal(await loadLimit(`db,@${folder}/retry`), ['db', 'w1', 'w2'])
  await rejects(loadExtraVars([`@${folder}/none`, 'x']), /extra variables cannot be read/)
  await rejects(loadLimit(`@${folder}/none`), /cannot read the limit file/)
  await rm(folder, { recursive: true })
})

test.run()
