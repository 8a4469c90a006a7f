import { imageId } from '../docker-image/module.ts'
import { dockerIn, hashIn } from '../observation.ts'
import { defineModule } from '../types.ts'
import { planContainer } from './plan.ts'
import { containerSchema } from './schema.ts'
import type { ContainerObserved, ContainerParams } from './types.ts'

export const dockerContainerModule = defineModule<ContainerParams, ContainerObserved>({
  name: 'docker_container',
  summary: 'makes a container run as described; made anew when its description or image changed',
  schema: containerSchema,
  questions: (params) => ({
    container: { ask: 'container', name: params.name },
    ...(params.image === undefined ? {} : { image: { ask: 'image', ref: params.image } as const }),
    ...(params.env_file === undefined ? {} : { envFile: { ask: 'hash', path: params.env_file } as const }),
  }),
  observe: (answers) => ({
    container: dockerIn(answers['container']),
    imageId: 'image' in answers ? imageId(dockerIn(answers['image'])) : null,
    envFile: 'envFile' in answers ? hashIn(answers['envFile']) : null,
  }),
  plan: planContainer,
})
