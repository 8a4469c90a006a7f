import type { Vars } from '../inventory/types.ts'

/**
 * The image of a name in service.yml. `image_source: local` gives ours (kmesos/keystone:local), `registry` Kolla's
 * (REGISTRY/NAMESPACE/NAME:TAG); `image_overrides` maps single names to full ones, `kolla_image_names` to Kolla's word.
 */
export function imageName(name: string, variables: Vars): string {
  const override = textIn('image_overrides', name, variables)
  if (override !== undefined) return override
  if (variables.image_source === 'local') return `kmesos/${name}:local`
  const kolla = textIn('kolla_image_names', name, variables) ?? name
  const path = [variables.image_registry, variables.image_namespace, kolla]
    .filter((part): part is string => typeof part === 'string' && part !== '')
    .join('/')
  const tag = variables.image_tag
  if (typeof tag !== 'string' || tag === '')
    throw new Error('image_tag must be set for image_source: registry')
  return `${path}:${tag}`
}

function textIn(variable: string, name: string, variables: Vars): string | undefined {
  const map = variables[variable]
  if (map === undefined || map === null) return undefined
  if (typeof map !== 'object' || Array.isArray(map))
    throw new Error(`${variable} must be a map of names, got ${JSON.stringify(map)}`)
  const value = (map as Readonly<Record<string, unknown>>)[name]
  return typeof value === 'string' ? value : undefined
}
