import type { Action, DockerObject, TaskPlan } from '../../plan/types.ts'
import { noChange, refused } from '../no-change.ts'
import type { ModuleContext } from '../types.ts'
import { furtherNetworks } from './option-words.ts'
import { configDigest, configLabel, createWords } from './run-words.ts'
import type { ContainerObserved, ContainerParams } from './types.ts'

/** Changes that bring a container to the wanted state; a container of another configuration or image is made anew. */
export function planContainer(
  params: ContainerParams,
  observed: ContainerObserved,
  context: ModuleContext,
): TaskPlan {
  const { name, state } = params
  const { container } = observed
  if (state === 'absent') {
    return container === null
      ? noChange(`there is no container ${name}`)
      : change(params, 'remove', removal(params, container))
  }
  if (params.image === undefined) return planPower(params, container)
  if (params.env_file !== undefined && observed.envFile === null) {
    return refused(`container ${name}: its env_file ${params.env_file} does not exist on ${context.host}`)
  }
  if (observed.imageId === null && params.pull === 'never') {
    return refused(
      `container ${name}: image ${params.image} is not on ${context.host}`,
      'build or load it there first, or set `image_source: registry` to have it pulled',
    )
  }
  const config = configDigest(params, observed.envFile)
  const reason = whyRecreate(params, observed, config)
  if (container !== null && reason === undefined) return planPower(params, container)
  const verb = container === null ? 'create' : `recreate (${reason})`
  return change(params, verb, [
    // The image first: a pull that fails must leave the old container running.
    ...pulls(params, observed),
    ...(container === null ? [] : removal(params, container)),
    docker('create', ...createWords(params, config)),
    ...furtherNetworks(params.networks).map((words) =>
      docker('network', 'connect', ...allButLast(words), words.at(-1) ?? '', name),
    ),
    ...(state === 'started' ? [docker('start', name)] : []),
  ])
}

function whyRecreate(
  params: ContainerParams,
  observed: ContainerObserved,
  config: string,
): string | undefined {
  const { container } = observed
  if (container === null || !params.replace) return undefined
  if (params.recreate) return 'as told'
  if (labelsOf(container)[configLabel] !== config) return 'configuration changed'
  if (observed.imageId !== null && container['Image'] !== observed.imageId) return 'image changed'
  return undefined
}

/** Started or stopped, without looking at the configuration. */
function planPower(params: ContainerParams, container: DockerObject | null): TaskPlan {
  const { name } = params
  if (container === null) {
    return params.state === 'stopped'
      ? noChange(`there is no container ${name}`)
      : refused(`there is no container ${name}, and no image was given to make it of`)
  }
  const running = stateOf(container)['Running'] === true && stateOf(container)['Restarting'] !== true
  const result = { id: container['Id'], container }
  if (params.state === 'stopped') {
    return running ? change(params, 'stop', [stop(params)]) : noChange(`${name} is stopped`, result)
  }
  if (params.state === 'started' && params.restart) {
    return change(params, 'restart', [docker('restart', `--time=${params.stop_timeout}`, name)])
  }
  if (running || params.state === 'present') return noChange(`${name} is as wanted`, result)
  return change(params, 'start', [docker('start', name)])
}

function pulls(params: ContainerParams, observed: ContainerObserved): readonly Action[] {
  const always = params.pull === 'always' || params.pull === 'true'
  const wanted = always || (params.pull !== 'never' && observed.imageId === null)
  return wanted ? [docker('pull', params.image ?? '')] : []
}

function removal(params: ContainerParams, container: DockerObject): readonly Action[] {
  const running = stateOf(container)['Running'] === true
  // --volumes takes the nameless ones alone; named ones and folders of the host stay.
  return [
    ...(running ? [stop(params)] : []),
    docker('rm', '--force', ...(params.keep_volumes ? [] : ['--volumes']), params.name),
  ]
}

function stop(params: ContainerParams): Action {
  if (params.force_kill) return docker('kill', params.name)
  return docker('stop', `--time=${params.stop_timeout}`, params.name)
}

function allButLast(words: readonly string[]): readonly string[] {
  return words.slice(0, -1)
}

function docker(...words: readonly string[]): Action {
  return { do: 'run', argv: ['docker', ...words] }
}

function change(params: ContainerParams, verb: string, actions: readonly Action[]): TaskPlan {
  return {
    actions,
    changed: true,
    message: `${verb} container ${params.name}`,
    // A container that starts or stops also changes which ports answer.
    touches: [
      `container:${params.name}`,
      'net',
      ...(params.image === undefined ? [] : [`image:${params.image}`]),
    ],
    result: { name: params.name },
  }
}

function labelsOf(container: DockerObject): Readonly<Record<string, unknown>> {
  return ((container['Config'] as DockerObject | undefined)?.['Labels'] ?? {}) as DockerObject
}

function stateOf(container: DockerObject): DockerObject {
  return (container['State'] ?? {}) as DockerObject
}
