import { quoteArgv, quoteWord } from '../../kernel/shell.ts'
import { treeKey } from '../../plan/resources.ts'
import { noChange, refused } from '../no-change.ts'
import { textIn } from '../observation.ts'
import { readStat } from '../stat/read-stat.ts'
import { defineModule } from '../types.ts'
import { filterOf, readSeconds, readSize, type FindParams } from './filter.ts'

export const findModule = defineModule<FindParams, { readonly text: string }>({
  name: 'find',
  summary: 'lists the files below folders that have wanted names, ages and sizes',
  schema: {
    params: {
      paths: { type: 'list', required: true, aliases: ['name', 'path'] },
      patterns: { type: 'list', default: [], aliases: ['pattern'], about: 'globs of names, or expressions' },
      excludes: { type: 'list', default: [], aliases: ['exclude'] },
      use_regex: {
        type: 'flag',
        default: false,
        about: "patterns are regular expressions in Python's syntax",
      },
      file_type: { type: 'text', choices: ['file', 'directory', 'link', 'any'], default: 'file' },
      recurse: { type: 'flag', default: false },
      depth: { type: 'integer', about: 'with recurse: levels of folders' },
      hidden: { type: 'flag', default: false, about: 'names with a leading dot as well' },
      follow: { type: 'flag', default: false, about: 'go into what links lead to' },
      age: { type: 'text', about: '`3d`: older; `-3d`: younger. s, m, h, d, w' },
      age_stamp: { type: 'text', choices: ['atime', 'ctime', 'mtime'], default: 'mtime' },
      size: { type: 'text', about: '`10m`: at least; `-10m`: at most. b, k, m, g, t' },
      get_checksum: { type: 'flag', default: false, about: 'SHA-1 of each file' },
    },
    unsupported: {
      contains: 'use command: grep -l, with changed_when: false',
      read_whole_file: 'it belongs to contains',
    },
  },
  questions: (params) => ({
    found: {
      ask: 'sh',
      script: findScript(params),
      reads: params.paths.map((path) => treeKey(String(path))),
    },
  }),
  observe: (answers) => ({ text: textIn(answers['found']).text }),
  plan: (params, { text }) => {
    if (params.age !== undefined && readSeconds(params.age) === undefined)
      return refused(`cannot read the age ${params.age}`)
    if (params.size !== undefined && readSize(params.size) === undefined)
      return refused(`cannot read the size ${params.size}`)
    return plan(params, text)
  },
})

/** The name stands last in its line. */
const format = 'stat %f %u %g %U %G %s %X %Y %Z %i %d %h %b %o %n'

function findScript(params: FindParams): string {
  const depth = params.recurse ? params.depth : 1
  const words = ['-mindepth', '1', ...(depth === undefined ? [] : ['-maxdepth', String(depth)])]
  const list = `-exec stat ${params.follow ? '-L ' : ''}-c ${quoteWord(format)} -- {} +`
  const sums = "-type f -exec sha1sum -- {} + | sed 's/^/sum /'"
  return params.paths
    .flatMap((path) => {
      const head = quoteArgv(['find', ...(params.follow ? ['-L'] : []), String(path), ...words])
      return [
        `if [ -d ${quoteWord(String(path))} ]; then ${head} ${list} 2>/dev/null`,
        ...(params.get_checksum ? [`${head} ${sums} 2>/dev/null`] : []),
        `else echo "skipped "${quoteWord(String(path))}; fi`,
      ]
    })
    .concat('echo "now $(date +%s)"')
    .join('\n')
}

function plan(params: FindParams, text: string): ReturnType<typeof noChange> {
  const lines = text.split('\n')
  const now = Number(/^now (\d+)$/m.exec(text)?.[1] ?? 0)
  const sums = new Map(
    lines.flatMap((line) => {
      const found = /^sum \\?([0-9a-f]{40}) [ *](.*)$/.exec(line)
      return found ? [[found[2] as string, found[1] as string] as const] : []
    }),
  )
  const all = lines.flatMap((line) => {
    const found = /^(stat(?: \S+){14}) (.*)$/.exec(line)
    if (!found) return []
    const path = found[2] as string
    const sum = sums.get(path)
    return [
      { ...readStat(found[1] as string, { path }), path, ...(sum === undefined ? {} : { checksum: sum }) },
    ]
  })
  const files = all.filter(filterOf(params, now))
  const skipped = lines
    .filter((line) => line.startsWith('skipped '))
    .map((line) => line.slice('skipped '.length))
  return noChange(`${files.length} of ${all.length} paths`, {
    ...{ files, matched: files.length, examined: all.length },
    skipped_paths: Object.fromEntries(skipped.map((path) => [path, 'is not a directory'])),
  })
}
