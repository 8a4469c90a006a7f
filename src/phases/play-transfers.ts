import { messageOf, UnreachableError } from '../kernel/errors.ts'
import type { Action } from '../plan/types.ts'
import { writeFetchedFile } from '../modules/fetched-file-store.ts'
import type { ActingEntry } from './play-entry.ts'
import type { HostLink } from './play-link.ts'
import { failedResult, type Judged } from './play-result.ts'
import type { RunTools } from './play-types.ts'

export interface TransferTools {
  readonly content: RunTools['options']['content']
  /** The connection is lost and will be opened again. */
  readonly lost: () => void
}

/** Moves the files of a program's steps before it starts. What came of it when one could not be moved. */
export async function transferFiles(
  link: HostLink,
  entries: readonly ActingEntry[],
  tools: TransferTools,
): Promise<Map<ActingEntry, Judged> | undefined> {
  for (const entry of entries) {
    for (const action of entry.plan.actions) {
      const fault = await faultOf(action, () => transfer(link, action, entry, tools))
      if (fault !== undefined) return new Map([[entry, failedResult(fault)]])
    }
  }
  return undefined
}

/** A lost connection is the host's end, not the task's: it is thrown on. */
async function faultOf(action: Action, work: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof UnreachableError) throw error
    if (action.do === 'upload') return `cannot send ${action.file}: ${messageOf(error)}`
    return `cannot fetch ${action.do === 'download' ? action.path : ''}: ${messageOf(error)}`
  }
}

async function transfer(
  link: HostLink,
  action: Action,
  { unit }: ActingEntry,
  { content, lost }: TransferTools,
): Promise<string | undefined> {
  const become = unit.become ? { become: unit.become } : {}
  if (action.do === 'upload') {
    const mode = action.mode === undefined ? {} : { mode: action.mode }
    await link.upload(action.file, action.path, { ...mode, ...become, lost })
  } else if (action.do === 'download') {
    const bytes = await link.download(action.path, { ...become, lost })
    const sum = writeFetchedFile(action.file, bytes, action.sha1)
    content.forget(action.file)
    if (sum !== undefined)
      return `${action.path} is not what was seen before (SHA-1 ${sum}, not ${action.sha1}): was it changed meanwhile?`
  }
  return undefined
}
