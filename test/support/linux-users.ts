import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface LinuxUser {
  readonly name: string
  readonly password: string
  /** Takes away the user, its home and its line for sudo. */
  remove(): Promise<void>
}

/** Makes a user of this machine that lives as long as a test. `sudoers` is what stands after its name there, or nothing. */
export async function makeUser(sudoers?: string): Promise<LinuxUser> {
  const name = `kmtest${randomBytes(4).toString('hex')}`
  const password = randomBytes(6).toString('hex')
  const { stdout: hash } = await run('openssl', ['passwd', '-6', password])
  await run('useradd', ['--create-home', '--shell', '/bin/sh', '--password', hash.trim(), name])
  const rule = `/etc/sudoers.d/${name}`
  if (sudoers !== undefined) await writeFile(rule, `${name} ${sudoers}\n`, { mode: 0o440 })
  return {
    name,
    password,
    remove: async () => {
      await rm(rule, { force: true })
      await run('userdel', ['--remove', '--force', name]).catch(() => undefined)
    },
  }
}
