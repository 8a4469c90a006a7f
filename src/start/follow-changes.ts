import { messageOf } from '../kernel/errors.ts'
import type { DaemonSpec } from '../start-spec/types.ts'
import type { Child, Exit } from './child.ts'
import type { Config } from './config-source.ts'
import type { Container } from './container.ts'
import { awaitChange, type ChangeWatch, type DaemonChange } from './daemon-change.ts'
import type { Lock } from './lock.ts'
import { writeFiles } from './prepare-step.ts'
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
  readonly incarnation: string
  readonly digest: string
}

/** Resolves when the daemon must be started anew; a reload is done here and goes on. */
export async function followChanges(
  running: Running,
  watch: ChangeWatch,
  turn: Lock | undefined,
): Promise<Ending> {
  const { container, child } = running
  for (let present = watch; ;) {
    const change = await awaitChange(container, present).catch(() => new Promise<never>(() => undefined))
    const answer = answerTo(running, change)
    container.log('daemon', `${change.what}: ${answer.text}`)
    if (answer.kind === 'restart') {
      await turn?.release()
      return { kind: 'changed', turn: await awaitTurn(container, present.signal) }
    }
    if (answer.kind === 'reload')
      await reload(container, child, { config: change.watch.config, signal: answer.signal })
    present = change.watch
  }
}

type Answer =
  | { readonly kind: 'restart' | 'ignore'; readonly text: string }
  | { readonly kind: 'reload'; readonly text: string; readonly signal: NodeJS.Signals }

/** A reload can bring new files only, and not those that kolla_start copies. */
function answerTo({ container, spec }: Running, change: DaemonChange): Answer {
  const asked = spec.onConfigChange
  if (container.immutable) return { kind: 'ignore', text: 'left alone, KOLLA_CONFIG_STRATEGY is COPY_ONCE' }
  if (asked === 'ignore') return { kind: 'ignore', text: 'left alone, as the service wants it' }
  if (asked === 'restart' || change.essential || change.watch.config.spec.strategy === 'kolla') {
    return { kind: 'restart', text: 'restarts' }
  }
  return { kind: 'reload', text: `reloads by ${asked.reload}`, signal: asked.reload as NodeJS.Signals }
}

async function reload(
  container: Container,
  child: Child,
  change: { readonly config: Config; readonly signal: NodeJS.Signals },
): Promise<void> {
  try {
    await writeFiles(container, change.config, 'daemon')
    child.kill(change.signal)
  } catch (error) {
    container.log('daemon', `cannot reload: ${messageOf(error)}`)
  }
}
