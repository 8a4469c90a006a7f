import { ConfigError } from '../kernel/errors.ts'
import { countOf } from '../kernel/problems.ts'
import { readPrivateFile } from './password-store.ts'
import { parsePasswords } from './passwords.ts'
import type { Credentials, NeededSecrets } from './types.ts'

/** Throws ConfigError: no such file, readable by others, faulty, or without something that the roles need. */
export async function loadCredentials(file: string, needed: NeededSecrets): Promise<Credentials> {
  const text = await readPrivateFile(file)
  const hint = 'run: kmesos password init (it keeps what is there and makes what is missing)'
  if (text === undefined) throw new ConfigError(`there is no passwords file ${file}`, [], { hint })
  const { credentials, problems } = parsePasswords(text, needed, file)
  if (problems.length > 0)
    throw new ConfigError(`${file} has ${countOf(problems.length, 'problem')}:`, problems, { hint })
  return credentials
}
