import { agentOf, type EngineContext } from './context.ts'
import { taskIdOf, taskStateOf } from './instance.ts'
import type { Condition, Instance } from './types.ts'

/** Keeps the changed instance and tells of its new condition: instance_changed_event, and status_update_event once it has a task. */
export function changeCondition(
  context: EngineContext,
  instance: Instance,
  condition: Condition,
  message = '',
): Instance {
  const changed: Instance = { ...instance, condition }
  context.world.setInstance(changed)
  publishCondition(context, changed, message)
  return changed
}

export function publishCondition(context: EngineContext, instance: Instance, message: string): void {
  const { bus } = context
  const agent = agentOf(context, instance)
  bus.publish('instance_changed_event', {
    instanceId: instance.id,
    condition: instance.condition,
    runSpecId: instance.app.id,
    agentId: agent.id,
    host: agent.hostname,
    runSpecVersion: instance.app.version,
  })
  // One that never had an agent has no task to tell of.
  if (instance.containerName === undefined) return
  bus.publish('status_update_event', {
    slaveId: agent.id,
    taskId: taskIdOf(instance),
    taskStatus: taskStateOf(instance.condition),
    message,
    appId: instance.app.id,
    host: agent.hostname,
    ipAddresses: addressesOf(instance, agent.address),
    ports: instance.hostPorts,
    version: instance.app.version,
  })
}

export function addressesOf(
  instance: Instance,
  agentAddress: string,
): { ipAddress: string; protocol: string }[] {
  if (instance.startedAt === undefined) return []
  return [{ ipAddress: instance.address ?? agentAddress, protocol: 'IPv4' }]
}
