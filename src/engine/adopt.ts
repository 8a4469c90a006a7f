import { messageOf } from '../kernel/errors.ts'
import type { EngineContext } from './context.ts'
import { isActive, nextIncarnation } from './instance.ts'
import type { ContainerState } from './runtime.ts'
import type { TaskRunner } from './task-runner.ts'
import type { Instance } from './types.ts'

const gone = 'Container is gone: it was removed while the engine did not look'

/** At the engine's start: running containers of known tasks are taken over, ended ones are told, unknown ones of ours are ended. */
export async function adoptContainers(context: EngineContext, runner: TaskRunner): Promise<void> {
  const { world, runtime } = context
  const containers = new Map((await runtime.list()).map((state) => [state.name, state]))
  for (const instance of [...world.instances.values()].filter(isActive)) {
    const name = instance.containerName ?? ''
    const state = containers.get(name)
    containers.delete(name)
    adoptOne(context, runner, { instance, state })
  }
  for (const state of containers.values()) void endUnknown(context, state)
}

interface Found {
  readonly instance: Instance
  readonly state: ContainerState | undefined
}

function adoptOne(context: EngineContext, runner: TaskRunner, { instance, state }: Found): void {
  const name = instance.containerName ?? ''
  if (!state || state.state === 'created') {
    if (state) void endUnknown(context, state)
    // It had not begun to run: no failure, it waits again.
    if (instance.condition === 'Staging') return startOver(context, instance)
  }
  runner.adopt(instance, state?.state === 'running' ? state.address : undefined)
  if (!state || state.state === 'created') runner.lost(name, gone)
  else if (state.state === 'exited') runner.exited(name, state)
}

function startOver(context: EngineContext, instance: Instance): void {
  context.world.removeInstance(instance)
  if (instance.goal === 'Running') context.world.setInstance(nextIncarnation(instance, context.clock.now()))
}

async function endUnknown({ runtime, log }: EngineContext, { name, taskId }: ContainerState): Promise<void> {
  log(`container ${name} (task ${taskId}) belongs to no known task and is removed`)
  await runtime.remove(name).catch((error: unknown) => log(`removal of ${name}: ${messageOf(error)}`))
}

/** After a lost connection to the container engine: tells of tasks that ended meanwhile. */
export async function reconcile({ world, runtime }: EngineContext, runner: TaskRunner): Promise<void> {
  const before = [...world.instances.values()].filter(
    (instance) => isActive(instance) && instance.condition !== 'Staging',
  )
  const containers = new Map((await runtime.list()).map((state) => [state.name, state]))
  for (const { containerName: name = '' } of before) {
    const state = containers.get(name)
    if (!state) runner.lost(name, gone)
    else if (state.state === 'exited') runner.exited(name, state)
  }
}
