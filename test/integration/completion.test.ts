import { execFile } from 'node:child_process'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openKmesosProgram, type KmesosProgram } from '../support/kmesos-program.ts'
import { openTerminal } from '../support/terminal.ts'

const test = suite('completion in real shells')
const run = promisify(execFile)
let kmesos: KmesosProgram

test.before(async () => {
  kmesos = await openKmesosProgram('completion')
  const program = join(import.meta.dirname, '../../dist/kmesos.js')
  const file = await kmesos.write('bin/kmesos', `#!/bin/sh\nexec ${process.execPath} ${program} "$@"\n`)
  await chmod(file, 0o755)
  await kmesos.write('hosts', '[web]\nweb1\nweb2\n[database]\ndb1\n')
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { stdout } = await kmesos.run(['completion', shell])
    await kmesos.write(`complete.${shell}`, stdout)
  }
})
test.after(() => kmesos.close())

const environment = (): NodeJS.ProcessEnv => ({
  PATH: `${kmesos.folder}/bin:${process.env['PATH']}`,
  HOME: kmesos.folder,
  TERM: 'dumb',
})

/** What is offered for a line, by shell. */
const shells: Readonly<Record<string, (line: string) => Promise<readonly string[]>>> = {
  bash: async (line) => {
    const words = line.split(' ')
    const list = words.map((word) => `'${word}'`).join(' ')
    const program = `. ./complete.bash; COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _kmesos; printf '%s\\n' "\${COMPREPLY[@]}"`
    return lines((await run('bash', ['-c', program], { cwd: kmesos.folder, env: environment() })).stdout)
  },
  fish: async (line) => {
    const program = `source complete.fish; complete -C '${line}'`
    const { stdout } = await run('fish', ['-c', program], { cwd: kmesos.folder, env: environment() })
    return lines(stdout).map((text) => text.split('\t')[0] ?? '')
  },
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '')
}

for (const [shell, complete] of Object.entries(shells)) {
  test(`${shell} completes verbs, options, values, hosts and groups`, async () => {
    assert.equal(await complete('kmesos boot'), ['bootstrap'])
    assert.equal(await complete('kmesos inventory gr'), ['graph'])
    assert.equal(await complete('kmesos deploy --output j'), ['json'])
    assert.equal(await complete('kmesos deploy --prof'), ['--profile'])
    assert.equal([...(await complete('kmesos ping -i hosts web'))].sort(), ['web', 'web1', 'web2'])
    assert.equal(await complete('kmesos play site.yml -i hosts --limit d'), ['database', 'db1'])
  })
}

test('an inventory that cannot be read offers nothing and says nothing', async () => {
  assert.equal(await shells['bash']?.('kmesos ping -i nowhere a'), [])
})

test('zsh completes a verb and a host at a press of TAB', async () => {
  const terminal = await openTerminal({
    columns: 90,
    rows: 24,
    cwd: kmesos.folder,
    environment: { HOME: kmesos.folder },
  })
  try {
    await terminal.type(`PATH=${kmesos.folder}/bin:$PATH zsh -f`)
    await terminal.type('autoload -U compinit && compinit -u && . ./complete.zsh && echo is"ready"')
    await terminal.shows(/isready/)
    await terminal.press('kmesos boot', 'Tab')
    await terminal.shows(/kmesos bootstrap/)
    await terminal.press('C-u', 'kmesos ping -i hosts db', 'Tab')
    await terminal.shows(/kmesos ping -i hosts db1/)
  } finally {
    await terminal.close()
  }
})

test.run()
