import { familiarRef } from '../../plan/answers.ts'
import type { Action, DockerObject, TaskPlan } from '../../plan/types.ts'
import { noChange, refused } from '../no-change.ts'
import { dockerIn } from '../observation.ts'
import { dockerElsewhere } from '../docker-elsewhere.ts'
import { defineModule, type ModuleContext } from '../types.ts'

export interface ImageParams {
  readonly name: string
  readonly source: 'pull' | 'load' | 'local'
  readonly archive?: string
  readonly state: 'present' | 'absent'
  readonly force_source: boolean
  readonly force_absent: boolean
  readonly tag: string
  /** On the host. */
  readonly load_path?: string
}

interface ImageObserved {
  /** Id of the image, null when it is missing. */
  readonly id: string | null
}

export const dockerImageModule = defineModule<ImageParams, ImageObserved>({
  name: 'docker_image',
  summary: 'makes an image be on the host: pulled, loaded from a local archive, or required to be there',
  schema: {
    params: {
      name: { type: 'text', required: true, about: 'reference; with tag or digest, or see tag' },
      tag: { type: 'text', default: 'latest', about: 'where name has none' },
      source: { type: 'text', choices: ['pull', 'load', 'local'], default: 'pull' },
      archive: { type: 'text', about: 'with source: load, the `docker save` archive here' },
      state: { type: 'text', choices: ['present', 'absent'], default: 'present' },
      load_path: { type: 'path', about: 'with source: load, the archive on the host' },
      force_source: { type: 'flag', default: false, about: 'pull or load even when the image is there' },
      force_absent: { type: 'flag', default: false, about: 'remove it although containers use it' },
    },
    unsupported: {
      ...dockerElsewhere,
      build: 'build it where it is built once, and push it; or use command: docker build',
      pull: 'use `docker pull --platform` by command',
      push: 'use command: docker push',
      repository: 'use command: docker tag',
      archive_path: 'use command: docker save',
      force_tag: 'use command: docker tag',
    },
  },
  questions: (params) => ({ image: { ask: 'image', ref: imageReference(params) } }),
  observe: (answers) => ({ id: imageId(dockerIn(answers['image'])) }),
  plan: planImage,
})

export function imageId(image: DockerObject | null): string | null {
  return typeof image?.['Id'] === 'string' ? image['Id'] : null
}

/** A name without tag or digest gets the tag. */
export function imageReference({ name, tag }: ImageParams): string {
  return name.includes('@') || /:[^/]*$/.test(name) || name.startsWith('sha256:') ? name : `${name}:${tag}`
}

function planImage(params: ImageParams, observed: ImageObserved, context: ModuleContext): TaskPlan {
  const name = imageReference(params)
  if (params.state === 'absent') {
    if (observed.id === null) return noChange(`there is no image ${name}`)
    return change(name, `remove image ${name}`, [
      { do: 'run', argv: ['docker', 'image', 'rm', ...(params.force_absent ? ['--force'] : []), name] },
    ])
  }
  if (observed.id !== null && !params.force_source)
    return noChange(`image ${name} is there`, { id: observed.id })
  if (params.source === 'local') {
    return refused(
      `image ${name} is not on ${context.host}, and its source is local`,
      'build or load it there first, or set `image_source: registry` to have it pulled',
    )
  }
  if (params.source === 'pull') {
    return change(name, `pull ${name}`, [{ do: 'run', argv: ['docker', 'pull', name] }])
  }
  if (params.load_path !== undefined) {
    const argv = ['docker', 'load', '--input', params.load_path]
    return change(name, `load ${name} from ${params.load_path}`, [{ do: 'run', argv }])
  }
  if (params.archive === undefined) return refused(`image ${name}: source: load needs archive or load_path`)
  const file = context.find('files', params.archive)
  const staged = `/tmp/kmesos-${context.content.sha256(file).slice(0, 16)}.image`
  return change(name, `load ${name} from ${params.archive}`, [
    { do: 'upload', file, path: staged, mode: '0600' },
    { do: 'run', argv: ['docker', 'load', '--input', staged] },
    { do: 'run', argv: ['rm', '-f', '--', staged] },
  ])
}

function change(name: string, message: string, actions: readonly Action[]): TaskPlan {
  return {
    actions,
    changed: true,
    message,
    touches: [`image:${name}`, `image:${familiarRef(name)}`],
    result: { name },
  }
}
