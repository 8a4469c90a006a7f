import { messageOf } from '../kernel/errors.ts'
import type { DaemonSpec } from '../start-spec/types.ts'
import type { Child, Exit } from './child.ts'
import type { Container } from './container.ts'
import { awaitChange, type ChangeWatch, type DaemonChange } from './daemon-change.ts'
import { awaitDaemonReady } from './daemon-ready.ts'
import type { Lock } from './lock.ts'
import { writeFiles } from './prepare-step.ts'
import type { Registration } from './registration.ts'
import { awaitTurn } from './turn.ts'

/** Why a daemon's run is over. */
export type Ending =
  | { readonly kind: 'exited'; readonly exit: Exit }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'changed'; readonly turn: Lock }
  | { readonly kind: 'not-ready'; readonly why: string }

/** A daemon that was started. */
export interface Running {
  readonly container: Container
  readonly spec: DaemonSpec
  readonly child: Child
  readonly registration: Registration
  readonly digest: string
  /** From 1; grows while it fails. */
  readonly attempt: number
}

/** Resolves when the daemon must be started anew; a reload is done here and goes on. */
export async function followChanges(
  running: Running,
  watch: ChangeWatch,
  turn: Lock | undefined,
): Promise<Ending> {
  const { container, registration } = running
  const refuse = (why: string): void => registration.refuse(why)
  /** How the daemon's files lag behind: it was left alone, or a reload failed. */
  let lag: { readonly kind: 'left' | 'failed'; readonly text: string } | undefined
  for (let present = watch; ;) {
    const next = await awaitChange(container, present, refuse).catch(
      () => new Promise<never>(() => undefined),
    )
    const change = lag?.kind === 'failed' ? { ...next, extent: atLeastFiles(next.extent) } : next
    const { config } = change.watch
    const answer = answerTo(running, change)
    if (answer.kind !== 'none') container.log('daemon', `${change.what}: ${answer.text}`)
    const fault = answer.kind === 'reload' ? await reload(running, change, answer.signal) : undefined
    if (answer.kind === 'restart' || fault?.kind === 'not-ready') {
      await turn?.release()
      return { kind: 'changed', turn: await awaitTurn(container, present.signal) }
    }
    if (answer.kind === 'ignore') lag = { kind: 'left', text: answer.text }
    if (answer.kind === 'reload') lag = fault ? { kind: 'failed', text: fault.text } : undefined
    if (lag?.kind === 'failed') registration.refuse(lag.text)
    else registration.takeUp(config.spec, lag?.text)
    present = change.watch
  }
}

function atLeastFiles(extent: DaemonChange['extent']): DaemonChange['extent'] {
  return extent === 'none' ? 'files' : extent
}

type Answer =
  | { readonly kind: 'none' | 'restart' | 'ignore'; readonly text: string }
  | { readonly kind: 'reload'; readonly text: string; readonly signal: NodeJS.Signals }

/** A reload can bring new files only, and not those that kolla_start copies. */
function answerTo({ container, spec }: Running, change: DaemonChange): Answer {
  if (change.extent === 'none') return { kind: 'none', text: '' }
  const newest = change.watch.config.spec
  const asked = newest.daemon?.onConfigChange ?? spec.onConfigChange
  if (container.immutable) return { kind: 'ignore', text: 'left alone, KOLLA_CONFIG_STRATEGY is COPY_ONCE' }
  if (asked === 'ignore') return { kind: 'ignore', text: 'left alone, as the service wants it' }
  if (asked === 'restart' || change.extent === 'start' || newest.strategy === 'kolla') {
    return { kind: 'restart', text: 'restarts' }
  }
  return { kind: 'reload', text: `reloads by ${asked.reload}`, signal: asked.reload as NodeJS.Signals }
}

interface ReloadFault {
  readonly kind: 'failed' | 'not-ready'
  readonly text: string
}

/** Undefined when the daemon's check passes after it. A daemon that a reload does not bring back is started anew. */
async function reload(
  running: Running,
  { watch }: DaemonChange,
  signal: NodeJS.Signals,
): Promise<ReloadFault | undefined> {
  const { container, child } = running
  const fault = (kind: ReloadFault['kind'], text: string): ReloadFault => {
    container.log('daemon', text)
    return { kind, text }
  }
  try {
    await writeFiles(container, watch.config, 'daemon')
    child.kill(signal)
  } catch (error) {
    return fault('failed', `cannot reload: ${messageOf(error)}`)
  }
  const why = await awaitDaemonReady(running, watch.plan, watch.signal)
  return why === undefined ? undefined : fault('not-ready', `${why} of the reload: restarts`)
}
