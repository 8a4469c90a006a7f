import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatCommands } from '../../src/cli/format-commands.ts'
import { verbs } from '../../src/cli/verbs.ts'

/** `npm run docs`: writes the pages that are made from the sources. commands.test.ts says when they are out of date. */
writeFileSync(join(import.meta.dirname, '../../docs/commands.md'), formatCommands(verbs))
