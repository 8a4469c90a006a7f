import type { Vars } from '../inventory/types.ts'

/**
 * The image of a name in service.yml. `image_source: local` gives ours (kmesos/keystone:local), `registry` Kolla's
 * (REGISTRY/NAMESPACE/NAME:TAG); `image_overrides` maps single names to full ones, `kolla_image_names` to Kolla's word.
 */
export function imageName(name: string, variables: Vars): string {
  const override = textIn(variables.image_overrides, name)
  if (override !== undefined) return override
  if (variables.image_source === 'local') return `kmesos/${name}:local`
  const kolla = textIn(variables.kolla_image_names, name) ?? name
  const path = [variables.image_registry, variables.image_namespace, kolla]
    .filter((part): part is string => typeof part === 'string' && part !== '')
    .join('/')
  const tag = variables.image_tag
  if (typeof tag !== 'string' || tag === '')
    throw new Error('image_tag must be set for image_source: registry')
  return `${path}:${tag}`
}

function textIn(map: unknown, name: string): string | undefined {
  if (map === null || typeof map !== 'object') return undefined
  const value = (map as Readonly<Record<string, unknown>>)[name]
  return typeof value === 'string' ? value : undefined
}
