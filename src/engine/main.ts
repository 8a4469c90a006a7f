import { engineMain, processIo } from './engine-main.ts'

// The entry of the bundled program that runs in the engine's container.
void engineMain(process.argv.slice(2), processIo).then(
  (code) => process.exit(code),
  (error: unknown) => {
    processIo.write(`internal error: ${error instanceof Error ? error.stack : String(error)}\n`)
    process.exit(70)
  },
)
