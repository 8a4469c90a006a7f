import { destFor, planWantedFile, wantedText } from '../copy/plan.ts'
import { destQuestions, observeDest, type DestSeen } from '../copy/probe.ts'
import { ownershipOf, ownershipParams, unsupportedOwnership, type Ownership } from '../ownership.ts'
import { backupResult } from '../text-file.ts'
import { defineModule } from '../types.ts'

interface TemplateParams extends Ownership {
  readonly src: string
  readonly dest: string
  readonly force: boolean
  readonly backup: boolean
  readonly validate?: string
  readonly follow: boolean
  readonly newline_sequence: string
  readonly output_encoding: string
}

const jinja = 'templates are EJS: `-%>` takes the line break away, `<%_` the white space before'

export const templateModule = defineModule<TemplateParams, DestSeen>({
  name: 'template',
  summary: "renders an EJS template of the role's templates/ into a file on the host",
  schema: {
    params: {
      src: { type: 'text', required: true, about: 'file below templates/ of the role' },
      dest: { type: 'path', required: true, about: 'path of the file, or the folder that takes it' },
      force: { type: 'flag', default: true, about: 'false: leave an existing file alone' },
      backup: { type: 'flag', default: false, about: 'keep the old file beside it' },
      validate: {
        type: 'text',
        about: 'program that must accept the new file (`%s`) before it takes its place',
      },
      follow: {
        type: 'flag',
        default: false,
        about: 'write to what a link at dest leads to, in the place of the link',
      },
      newline_sequence: {
        type: 'text',
        default: '\n',
        choices: ['\n', '\r', '\r\n'],
        words: ['\\n', '\\r', '\\r\\n'],
      },
      output_encoding: {
        type: 'text',
        default: 'utf-8',
        choices: ['utf-8', 'latin-1', 'ascii', 'utf-16-le'],
      },
      ...ownershipParams,
      mode: {
        ...ownershipParams.mode,
        words: ['preserve'],
        about: 'as for file, or `preserve`: that of src',
      },
    },
    unsupported: {
      ...unsupportedOwnership,
      ...Object.fromEntries(
        ['block', 'variable', 'comment'].flatMap((what) => [
          [`${what}_start_string`, 'templates are EJS, with <% and %>'],
          [`${what}_end_string`, 'templates are EJS, with <% and %>'],
        ]),
      ),
      trim_blocks: jinja,
      lstrip_blocks: jinja,
    },
  },
  questions: (params, context) => destQuestions(params, params.src, context.diff),
  observe: (answers) => observeDest(answers),
  plan: (params, observed, context) => {
    const file = context.find('templates', params.src)
    const text = context.render(context.content.read(file).toString('utf8'), file)
    const { force, backup, validate } = params
    const mode = params.mode === 'preserve' ? context.content.mode(file) : params.mode
    const plan = planWantedFile(
      {
        ...wantedText(encoded(withNewlines(text, params.newline_sequence), params.output_encoding)),
        dest: destFor(params.dest, params.src, observed.isFolder === true),
        ...{ force, backup },
        ...(validate === undefined ? {} : { validate }),
        ...ownershipOf({ ...params, mode }),
        ...(observed.noFolder ? { makesFolder: true } : {}),
      },
      observed,
    )
    return { ...plan, ...(plan.result ? { result: { ...plan.result, src: file } } : {}) }
  },
  result: (_params, output) => backupResult(output.stdout),
})

function withNewlines(text: string, sequence: string): string {
  const end = sequence.replace('\\r', '\r').replace('\\n', '\n')
  return end === '\n' ? text : text.replace(/\r?\n/g, end)
}

function encoded(text: string, encoding: string): string | Buffer {
  if (encoding === 'utf-8') return text
  return Buffer.from(text, encoding === 'utf-16-le' ? 'utf16le' : encoding === 'ascii' ? 'ascii' : 'latin1')
}
