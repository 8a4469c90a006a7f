import { join } from 'node:path'
import { parseLocatedYaml, type LocatedNode } from '../../yaml/located-yaml.ts'
import { noChange, refused } from '../no-change.ts'
import { defineModule, type ModuleContext } from '../types.ts'

interface IncludeVarsParams {
  readonly file?: string
  readonly dir?: string
  readonly name?: string
}

interface Layer {
  readonly file: string
  readonly lines: Readonly<Record<string, number>>
  readonly vars: Readonly<Record<string, unknown>>
}

/** The values become variables of the host for the rest of the run; the runner takes them from `include_vars`. */
export const includeVarsModule = defineModule<IncludeVarsParams, undefined>({
  name: 'include_vars',
  summary: 'reads variables from a local YAML or JSON file, or from all of a folder',
  schema: {
    params: {
      file: { type: 'text', about: 'looked for in vars/ and beside the tasks' },
      dir: { type: 'text', about: 'all .yml, .yaml and .json files of it, by name' },
      name: { type: 'text', about: 'one variable that holds them all' },
    },
    oneOf: [['file', 'dir']],
    exclusive: [['file', 'dir']],
    freeForm: 'file',
  },
  plan: (params, _observed, context) => {
    const layers: Layer[] = []
    for (const file of filesOf(params, context)) {
      const parsed = parseLocatedYaml(context.content.read(file).toString('utf8'), file)
      if ('problems' in parsed)
        return refused(parsed.problems.map((each) => `${each.where}: ${each.message}`).join('; '))
      if (parsed.root.isEmpty) continue
      if (!parsed.root.isMap) return refused(`${file} must be a map of names to values`)
      layers.push(layerOf(parsed.root, params.name))
    }
    return noChange(`variables of ${params.file ?? params.dir ?? ''}`, { include_vars: layers })
  },
})

function filesOf({ file, dir }: IncludeVarsParams, context: ModuleContext): readonly string[] {
  if (file !== undefined) return [context.find('vars', file)]
  const folder = context.find('vars', dir ?? '')
  return context.content
    .list(folder)
    .filter(({ path, kind }) => kind === 'file' && /\.(ya?ml|json)$/.test(path))
    .map(({ path }) => join(folder, path))
    .sort()
}

function layerOf(root: LocatedNode, name: string | undefined): Layer {
  const vars = root.value as Layer['vars']
  if (name !== undefined) return { file: root.file, lines: { [name]: 1 }, vars: { [name]: vars } }
  return {
    file: root.file,
    lines: Object.fromEntries(root.members().map(({ key, line }) => [key, line])),
    vars,
  }
}
