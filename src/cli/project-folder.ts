import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { InternalError } from '../kernel/errors.ts'
import type { Request } from './verb.ts'

/** The folder that holds roles/, templates/ and bootstrap/: above this file, in the sources as in dist/. */
export function projectFolder(): string {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'bootstrap'))) return folder
  }
  throw new InternalError(
    `kmesos is not installed whole: no folder above ${import.meta.dirname} has bootstrap/`,
  )
}

/** The folder with roles/, templates/ and bootstrap/: --base, or where kmesos is installed. */
export function baseFolder({ options }: Request): string {
  return options.text('base') ?? projectFolder()
}
