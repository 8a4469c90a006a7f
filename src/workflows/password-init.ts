import { ConfigError } from '../kernel/errors.ts'
import { countOf } from '../kernel/problems.ts'
import { readPrivateFile, writePrivateFile } from '../secrets/password-store.ts'
import { completePasswords } from '../secrets/passwords.ts'
import type { NeededSecrets } from '../secrets/types.ts'

export interface PasswordInitResult {
  /** Names of what was (or with check would be) made; never values. */
  readonly made: readonly string[]
}

/**
 * Makes the passwords and keys that roles declare and the file lacks; values that are there stay. The file is 0600, and is
 * refused when others may read it.
 */
export async function passwordInit(
  file: string,
  needed: NeededSecrets,
  options: { readonly check: boolean },
): Promise<PasswordInitResult> {
  const present = (await readPrivateFile(file)) ?? ''
  const { text, made, problems } = completePasswords(present, needed, file)
  if (problems.length > 0)
    throw new ConfigError(`${file} has ${countOf(problems.length, 'problem')}:`, problems)
  if (made.length > 0 && !options.check) await writePrivateFile(file, text)
  return { made }
}
