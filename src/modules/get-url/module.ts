import { quoteWord } from '../../kernel/shell.ts'
import { fetchScript, httpParams, unsupportedHttp } from '../http-request.ts'
import { hashIn, stateIn, textIn } from '../observation.ts'
import { ownershipParams, unsupportedOwnership } from '../ownership.ts'
import { defineModule, type Answers, type Questions } from '../types.ts'
import { readChecksum, type Checksum } from './checksum.ts'
import { insideOf, planDownload, type GetUrlObserved, type GetUrlParams } from './plan.ts'

export const getUrlModule = defineModule<GetUrlParams, GetUrlObserved>({
  name: 'get_url',
  summary: 'downloads a file to the host, by the host itself',
  schema: {
    params: {
      ...httpParams,
      url_username: { type: 'text', aliases: ['username'] },
      dest: {
        type: 'path',
        required: true,
        about: 'file, or the folder that takes a file named as in the URL',
      },
      force: { type: 'flag', default: false, about: 'download again, and replace a file that differs' },
      checksum: { type: 'text', default: '', about: '`sha256:HEX`, or `sha256:URL` of a list of checksums' },
      backup: { type: 'flag', default: false, about: 'keep a file that is replaced' },
      ...ownershipParams,
    },
    unsupported: {
      ...unsupportedOwnership,
      ...unsupportedHttp,
      tmp_dest: 'the download is made beside dest, so that it can take its place in one step',
      sha256sum: 'use checksum: "sha256:…"',
    },
  },
  questions: (params) => questionsFor(params, readChecksum(params.checksum)),
  observe: (answers, params) => observe(answers, readChecksum(params.checksum)),
  plan: planDownload,
  result: (_params, output) => {
    const kept = /^kept the old file as (.*)$/m.exec(output.stdout)?.[1]
    return kept === undefined ? {} : { backup_file: kept }
  },
})

function questionsFor(params: GetUrlParams, checksum: Checksum | undefined): Questions {
  const inside = insideOf(params)
  return {
    dest: { ask: 'stat', path: params.dest, follow: true },
    inside: { ask: 'stat', path: inside, follow: true },
    ...hashQuestions(params.dest, inside, checksum),
    ...(checksum?.from === undefined
      ? {}
      : {
          sums: { ask: 'sh', network: true, script: fetchScript({ ...params, url: checksum.from }) } as const,
        }),
    // What the server has must be seen to know whether the file differs.
    ...(params.force && checksum === undefined
      ? { remote: { ask: 'sh', network: true, script: hashOf(params) } as const }
      : {}),
  }
}

function hashQuestions(dest: string, inside: string, checksum: Checksum | undefined): Questions {
  if (checksum === undefined || checksum.algorithm === 'sha256') {
    return { destHash: { ask: 'hash', path: dest }, insideHash: { ask: 'hash', path: inside } }
  }
  const ask = (path: string): Questions[string] => ({
    ask: 'sh',
    script: `[ ! -f ${quoteWord(path)} ] || ${checksum.algorithm}sum <${quoteWord(path)}`,
    reads: [`path:${path}`],
  })
  return { destHash: ask(dest), insideHash: ask(inside) }
}

/** Lines `exit CODE` of the download and the hash of what came; errors stand between them. */
function hashOf(params: GetUrlParams): string {
  return `{ { ${fetchScript(params)}\necho "exit $?" >&3; } | sha256sum; } 3>&1 2>&1`
}

function observe(answers: Answers, checksum: Checksum | undefined): GetUrlObserved {
  const dest = stateIn(answers['dest'])
  const isFolder = dest.kind === 'directory'
  const answer = answers[isFolder ? 'insideHash' : 'destHash']
  const path = isFolder ? stateIn(answers['inside']) : dest
  const hash =
    answer?.ask === 'text' ? answer.text.split(' ')[0] || null : path.kind === 'file' ? hashIn(answer) : null
  const sums = answers['sums'] === undefined ? undefined : textIn(answers['sums'])
  const remote = answers['remote'] === undefined ? undefined : textIn(answers['remote']).text
  return {
    isFolder,
    path,
    hash,
    ...(checksum?.from === undefined ? {} : { sums: sums?.exitCode === 0 ? sums.text : '' }),
    ...(remote === undefined ? {} : { remote }),
  }
}
