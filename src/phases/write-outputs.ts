import { readPrivateFile, writePrivateFile } from '../secrets/password-store.ts'
import type { RenderedOutput } from '../services/render-outputs.ts'
import { phase, type Change, type Phase } from './phase.ts'

interface OutputChange extends Change {
  readonly file: string
  readonly output: RenderedOutput
}

interface Present {
  readonly output: RenderedOutput
  readonly file: string
  readonly text: string | undefined
}

/** Writes openrc and the like into a folder of the operator, 0600. They hold passwords, so no difference is shown. */
export function writeOutputs(outputs: readonly RenderedOutput[], folder: string): Phase {
  return phase<readonly Present[], OutputChange>({
    title: 'Write what users need',
    observe: () =>
      Promise.all(
        outputs.map(async (output) => {
          const file = `${folder}/${output.dest}`
          return { output, file, text: await readPrivateFile(file) }
        }),
      ),
    plan: (present) =>
      present
        .filter(({ output, text }) => output.content.reveal() !== text)
        .map(({ output, file, text }) => ({
          output,
          file,
          subject: `file ${file}`,
          action: text === undefined ? 'create' : 'update',
        })),
    apply: async (changes) => {
      for (const { file, output } of changes) await writePrivateFile(file, output.content.reveal())
    },
  })
}
