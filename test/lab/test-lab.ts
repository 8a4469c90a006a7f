import { ensurePackages, testPackages } from '../setup/packages.ts'
import { openLab, type Lab } from './lab.ts'
import { takeLock } from './lock.ts'

/** A lab for one test file, empty at the start, and gone after `close`. */
export interface TestLab {
  readonly lab: Lab
  close(): Promise<void>
}

/**
 * Opens the test lab of a name and a number: folder /var/lib/kmesos-test-<name>, network 10.78.<number>. Each test file
 * has its own of both, so that files may run at once and beside `npm run aio`. A second run of the same file waits for
 * the first; what a killed run has left is removed.
 */
export async function openTestLab(name: string, number: number): Promise<TestLab> {
  const report = (line: string): void => void process.stderr.write(`${line}\n`)
  await ensurePackages(testPackages, { report })
  const onWait = (): void => report(`waiting for another run of the test lab ${name}`)
  const unlock = await takeLock(`/run/lock/kmesos-test-${name}`, { onWait })
  const lab = await openLab({ dir: `/var/lib/kmesos-test-${name}`, network: `10.78.${number}`, report })
  await lab.clean()
  const close = async (): Promise<void> => {
    await lab.clean()
    await unlock()
  }
  return { lab, close }
}
